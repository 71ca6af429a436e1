"""Tell a store of ours from any other file, without opening it for writing.

Nothing here goes through SQLite, which creates, recovers and deletes files beside the one that it
is asked to open, even if it only reads.
"""

from __future__ import annotations

import stat
from enum import Enum
from pathlib import Path

from convatlas.errors import ForeignStore

APPLICATION_ID = int.from_bytes(b"cvat")
"""SQLite's mark for the program that a file belongs to, at byte 68 of the file."""
FORMAT = 1
"""The version of the tables, kept as SQLite's user version at byte 60."""

HEADER = {
    0: b"SQLite format 3\0",
    20: bytes([0, 64, 32, 32]),  # no reserved bytes; fractions of a page that never vary
    44: (4).to_bytes(4),  # schema format
    52: bytes(4),  # no auto-vacuum
    56: (1).to_bytes(4),  # text is UTF-8
    64: bytes(4),  # no incremental vacuum
}
"""Bytes of the file's header that are the same in every store, by offset."""
PAGE_SIZE = slice(16, 18)
JOURNAL_MODE = slice(18, 20)

_FIRST_PAGE = 1 << 16
_TABLES = (b"TABLE records (key text", b"TABLE pictures (digest text", b"TABLE memo (key text")
"""How the definitions of our tables begin, which SQLite keeps in the first page."""
_BESIDE = {
    "-wal": (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
    "-journal": (b"\xd9\xd5\x05\xf9", bytes(4)),
    "-shm": ((3007000).to_bytes(4, "little"), (3007000).to_bytes(4), bytes(4)),
}
"""The files that SQLite keeps beside a database, and what they begin with."""


class Kind(Enum):
    """What there is under the name of a store."""

    NEW = "nothing, or an empty file"
    SOUND = "a store"
    DAMAGED = "a store whose header is damaged"


def recognize(path: Path) -> Kind:
    """Return what there is at ``path``; links are followed.

    Raises:
        ForeignStore: something that is not ours, or that a newer version has written.
        OSError: the file cannot be read.
    """
    kind = _file(path)
    for suffix, beginnings in _BESIDE.items():
        beside = path.with_name(path.name + suffix)
        if not _is_ours_beside(beside, beginnings):
            raise _refused(path, f"{beside.name}, which SQLite would overwrite, is not its log")
    return kind


def _file(path: Path) -> Kind:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return Kind.NEW
    if not stat.S_ISREG(facts.st_mode):
        raise _refused(path, f"this is {_named(facts.st_mode)}")
    if not facts.st_size:
        return Kind.NEW
    with path.open("rb") as file:
        page = file.read(_FIRST_PAGE)
    if not _is_ours(page, path):
        is_database = page.startswith(HEADER[0])
        what = "an SQLite database of another program" if is_database else "another kind of file"
        raise _refused(path, f"this is {what}")
    version = int.from_bytes(page[60:64])
    if version > FORMAT:
        what = f"a newer version of convatlas wrote it (format {version})"
        raise _refused(path, what, "update convatlas, or ")
    return Kind.SOUND if _is_sound(page) else Kind.DAMAGED


def _is_ours(page: bytes, path: Path) -> bool:
    """Return whether a file that begins with ``page`` has our mark or our tables.

    The tables are looked for since stores were not always marked, and since the mark may be
    damaged. They may still be in the write-ahead log alone.
    """
    if b"\0" not in page[:100]:  # a text, such as a dump of a store
        return False
    is_database = page.startswith(HEADER[0])
    if is_database and int.from_bytes(page[68:72]) == APPLICATION_ID:
        return True
    if all(table in page for table in _TABLES):
        return True
    log = path.with_name(path.name + "-wal")
    if not is_database or not log.is_file():
        return False
    with log.open("rb") as file:
        start = file.read(_FIRST_PAGE)
    return all(table in start for table in _TABLES)


def _is_sound(page: bytes) -> bool:
    """Return whether the header has nothing that no store has."""
    size = int.from_bytes(page[PAGE_SIZE])
    has_tables = page[103:105] != bytes(2)  # else they are in the write-ahead log
    constant = {at: known for at, known in HEADER.items() if has_tables or at not in (44, 56)}
    return (
        all(page[at : at + len(known)] == known for at, known in constant.items())
        and size.bit_count() == 1
        and set(page[JOURNAL_MODE]) <= {1, 2}
    )


def _is_ours_beside(path: Path, beginnings: tuple[bytes, ...]) -> bool:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(facts.st_mode):
        return False
    with path.open("rb") as file:
        return file.read(4) in (b"", *beginnings)


def _named(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _refused(path: Path, what: str, instead: str = "") -> ForeignStore:
    return ForeignStore(
        f"store {path}: {what}; nothing was changed; {instead}name another with --store or `store:`"
    )
