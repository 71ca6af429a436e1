"""Find out which files of a folder can be used, once for each content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

import PIL

from convatlas.config.content import content
from convatlas.config.other_pictures import READS_HEIC
from convatlas.images.decode import Undecodable, decode_file
from convatlas.images.warnings import quiet
from convatlas.model.records import Json

Stamp = tuple[int, ...]
"""A file's size in bytes and its times of change; while they stay the same, so does its content."""

LARGEST = 2**30
"""Maximum size of a file in bytes, because the whole file is in memory while it is decoded."""

USABLE = ""
"""The verdict on a picture that decodes; any other verdict is the reason why it does not."""


class Memo(Protocol):
    """Earlier findings, kept by the store."""

    def get(self, key: str) -> Json | None:
        """Return the value for a key, or None."""

    def put(self, key: str, value: Json) -> None:
        """Keep a JSON value under a key."""


class Scanned(NamedTuple):
    """The SHA-256 of a file's content, and whether it is a picture: ``USABLE`` or the reason.

    The digest of a file that cannot be read is empty.
    """

    digest: str
    verdict: str


def scan(folder: Path, files: Mapping[str, Stamp], memo: Memo) -> dict[str, Scanned]:
    """Hash and decode each file of a folder, except those that the memo says are unchanged.

    A file counts as unchanged while its stamp (size and times of change) is the same. The whole
    folder is one entry of the memo. The result has the order of ``files``.
    """
    key = memo_key(folder)
    known = memo.get(key) or {"files": {}, "unusable": {}}
    before: dict[str, list[Json]] = known["files"]
    unusable: dict[str, str] = known["unusable"]
    scanned, stale = dict[str, Scanned](), list[str]()
    for name, stamp in files.items():
        digest, *last = before.get(name) or ("",)
        if last == list(stamp):
            scanned[name] = Scanned(digest, unusable.get(digest, USABLE))
        else:
            stale.append(name)
    if stale:
        scores = {entry[0]: USABLE for entry in before.values()} | unusable
        scanned |= _examine(folder, {name: files[name] for name in stale}, scores)
    if stale or len(before) > len(files):
        _remember(key, files, scanned, memo)
    return {name: scanned[name] for name in files} if stale else scanned


def _remember(
    key: str, files: Mapping[str, Stamp], scanned: Mapping[str, Scanned], memo: Memo
) -> None:
    read = {name: each for name, each in scanned.items() if each.digest}
    kept = {name: [each.digest, *files[name]] for name, each in read.items()}
    unusable = {each.digest: each.verdict for each in read.values() if each.verdict}
    memo.put(key, {"files": kept, "unusable": unusable})


def memo_key(folder: Path) -> str:
    """Return the memo's key for a folder; it has Pillow's version, on which verdicts depend."""
    pillow = f"{PIL.__version__}+heic" if READS_HEIC else PIL.__version__
    return f"scan-2/{pillow}/{folder.resolve()}"


def _examine(
    folder: Path, files: Mapping[str, Stamp], scores: Mapping[str, str]
) -> dict[str, Scanned]:
    turn_of_huge = Lock()

    def examine(name: str) -> Scanned:
        size = files[name][0]
        if size > LARGEST:
            return Scanned("", f"{size:,} bytes: larger than {LARGEST:,}")
        try:
            data = content(folder / name, LARGEST)
        except OSError as error:
            return Scanned("", f"cannot be read ({error.strerror})")
        digest = hashlib.sha256(data).hexdigest()
        known = scores.get(digest)
        return Scanned(digest, _verdict(data, turn_of_huge) if known is None else known)

    with quiet(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(files, pool.map(examine, files), strict=True))


def _verdict(data: bytes, turn_of_huge: Lock) -> str:
    try:
        decode_file(data, turn_of_huge)
    except Undecodable as error:
        return str(error)
    return USABLE
