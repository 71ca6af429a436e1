"""Whether the files that something was opened from are still the same."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from convatlas.model.records import digest

Witness = list[str | int]
"""Digest of a file's content, then its stamp (see ``stamp``), which is left out while a further
change might not show in it."""

SETTLED = 2 * 10**9
"""Nanoseconds after which another change gets another time, even on coarse file systems."""

CHANGED = "changed while it was being opened"
"""In place of a digest that would be that of other content than was opened."""


def witnesses(paths: Iterable[Path], since: int) -> dict[str, Witness]:
    """Return the witnesses of files, by absolute path.

    Links are followed, but it is their own path that counts, because they may be retargeted. A
    folder's content is the names in it, hidden ones apart; a path may also be missing.

    Args:
        paths: The files and folders.
        since: When they began to be opened, in nanoseconds since the epoch.
    """
    names = sorted({str(path.absolute()) for path in paths})
    return {name: _witness(name, since) for name in names}


def renewed(known: Mapping[str, Witness]) -> dict[str, Witness] | None:
    """Return witnesses of the same contents with present stamps, or None if a content differs.

    A file is read only if its stamp differs: touched, copied, or changed.
    """
    result = dict[str, Witness]()
    for name, (content, *before) in known.items():
        now = stamp(name)
        if not before or list(now) != before:
            if content != content_of(name, now):
                return None
            result[name] = [content, *_settled(now)]
        else:
            result[name] = [content, *before]
    return result


def _witness(name: str, since: int) -> Witness:
    now = stamp(name)
    if now and changed_at(now) >= since and _is_file(now):
        return [CHANGED]
    return [content_of(name, now), *_settled(now)]


def stamp(name: str) -> tuple[int, ...]:
    """Return what changes when a file does: size, times, inode and mode; empty if it is missing."""
    try:
        return stamp_of(os.stat(name))  # noqa: PTH116  (many files)
    except (OSError, ValueError):
        return ()


def stamp_of(facts: os.stat_result) -> tuple[int, ...]:
    """Return the stamp of a file that is there, given what the system says of it."""
    times = facts.st_mtime_ns, facts.st_ctime_ns
    return facts.st_size, *times, facts.st_ino, facts.st_mode


def _settled(known: tuple[int, ...]) -> tuple[int, ...]:
    """Return a stamp, or nothing if the file is so new that it may change and keep its stamp."""
    return known if known and changed_at(known) < time.time_ns() - SETTLED else ()


def changed_at(known: tuple[int, ...]) -> int:
    """Return when a file was last changed, in nanoseconds since the epoch.

    The change time cannot be set; on Windows, which has none, it is the modification time.
    """
    return known[1] if sys.platform == "win32" else known[2]


def _is_file(known: tuple[int, ...]) -> bool:
    return stat.S_ISREG(known[4])


def content_of(name: str, known: tuple[int, ...]) -> str:
    """Return a digest of a file's bytes or of the names in a folder; empty if it has neither."""
    try:
        if known and _is_file(known):
            with Path(name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        if known and stat.S_ISDIR(known[4]):
            names = (each.name for each in Path(name).iterdir())
            return digest(sorted(each for each in names if not each.startswith(".")))
    except OSError:
        return "cannot be read"
    return ""
