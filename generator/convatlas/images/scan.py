"""Which files of a folder can be used, found out once for each content."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from convatlas.images.decode import Undecodable, decode_file
from convatlas.records import Json

USABLE = ""
"""The verdict on a picture that decodes; any other verdict is the reason why it does not."""


class Memo(Protocol):
    """What was found out before, kept by the store."""

    def get(self, key: str) -> Json | None:
        """What was put under the key, or None."""

    def put(self, key: str, value: Json) -> None:
        """Keep a JSON value under the key."""


@dataclass(frozen=True)
class Scanned:
    """A file's content, as a sha256, and whether it is a picture: ``USABLE`` or the reason.

    A file that cannot be read has no digest."""

    digest: str
    verdict: str


def scan(folder: Path, names: Sequence[str], memo: Memo) -> dict[str, Scanned]:
    """Each file of the folder, hashed and decoded; unchanged ones by what the memo remembers.

    A file counts as unchanged while its size and time of change are the same, so that 50,000 cost
    a second. One entry of the memo holds the whole folder.
    """
    key = memo_key(folder)
    known = memo.get(key) or {"files": {}, "unusable": {}}
    files: dict[str, list[Json]] = known["files"]
    usable = {entry[2]: USABLE for entry in files.values()}
    verdicts: dict[str, str] = {**usable, **known["unusable"]}
    stamps = {name: _stamp(folder / name) for name in names}
    fresh = {
        name: files[name][2] for name in names if name in files and files[name][:2] == stamps[name]
    }
    scanned = {name: Scanned(digest, verdicts[digest]) for name, digest in fresh.items()}
    stale = [name for name in names if name not in fresh]
    scanned |= zip(stale, _examine(folder, stale, verdicts), strict=True)
    if stale or len(files) > len(names):
        read = {name: each for name, each in scanned.items() if each.digest}
        kept = {name: [*stamps[name], each.digest] for name, each in read.items()}
        unusable = {each.digest: each.verdict for each in read.values() if each.verdict}
        memo.put(key, {"files": kept, "unusable": unusable})
    return {name: scanned[name] for name in names}


def memo_key(folder: Path) -> str:
    """Under which the memo keeps what is known of a folder."""
    return f"scan/{folder.resolve()}"


def _stamp(path: Path) -> list[int]:
    try:
        facts = os.stat(path)  # noqa: PTH116  (twice as fast, for tens of thousands of files)
    except OSError:
        return []
    return [facts.st_size, facts.st_mtime_ns]


def _examine(folder: Path, names: Sequence[str], verdicts: dict[str, str]) -> list[Scanned]:
    def examine(name: str) -> Scanned:
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            return Scanned("", f"cannot be read ({error.strerror})")
        digest = hashlib.sha256(data).hexdigest()
        known = verdicts.get(digest)
        return Scanned(digest, _verdict(data) if known is None else known)

    workers = min(8, os.cpu_count() or 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on files that it reads all the same
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(examine, names))


def _verdict(data: bytes) -> str:
    try:
        decode_file(data)
    except Undecodable as error:
        return str(error)
    return USABLE
