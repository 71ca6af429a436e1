"""Small files that stand in for the file itself, which was never fetched."""

from __future__ import annotations

_STAND_INS = {
    b"version https://git-lfs": "a Git LFS pointer; fetch the file itself with `git lfs pull`",
    b"/annex/objects/": "a git-annex pointer; fetch the file itself with `git annex get`",
    b"<!doctype html": "a web page; download the file itself",
    b"<html": "a web page; download the file itself",
}


def stand_in(data: bytes) -> str | None:
    """Say what a file is that stands in for another, and what to do about it; None if it is none.

    ``data`` is the file's beginning; 512 bytes are enough.
    """
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginning, what in _STAND_INS.items():
        if start.startswith(beginning):
            return what
    return None
