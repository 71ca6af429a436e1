"""Recover the readable rows of a malformed SQLite file."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from convatlas.store.connection import create
from convatlas.store.recognize import HEADER, JOURNAL_MODE, PAGE_SIZE

log = logging.getLogger("convatlas.store")

TABLES = {
    "records": ("key", "key desc"),
    "pictures": ("digest", "digest desc", "rowid", "rowid desc"),
    "memo": ("key", "key desc", "rowid", "rowid desc"),
}
"""The orders in which the rows of each table are read: by its index and as they are stored."""


def salvage(path: Path) -> None:
    """Replace a malformed file by a new one with its readable rows; it is kept as ``*.damaged``.

    The rows are read from a copy whose header is mended. They are copied as they are; the store
    checks each one when it is read.

    Raises:
        OSError, sqlite3.Error: the new file cannot be written; the old one is still in its place.
    """
    path = path.resolve()  # a link would be replaced by the new file
    with TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
        source, target = Path(folder) / "damaged", Path(folder) / "rescued"
        _copy(path, source)
        saved = _copy_rows(source, target)
        kept = _put_aside(path)
        target.replace(path)
    log.warning("%s: %d rows saved; the damaged file is kept as %s", path, saved, kept.name)


def _copy(path: Path, copy: Path) -> None:
    """Copy a file and its write-ahead log, with the constant parts of the header as they must be.

    The size in pages and the list of free pages are not needed for reading; they are cleared.
    """
    shutil.copyfile(path, copy)
    log_file = _beside(path, "-wal")
    if log_file.is_file():
        shutil.copyfile(log_file, _beside(copy, "-wal"))
    with copy.open("r+b") as file:
        header = bytearray(file.read(100).ljust(100, b"\0"))
        header[PAGE_SIZE] = (4096).to_bytes(2)
        header[JOURNAL_MODE] = b"\2\2"
        header[28:40] = bytes(12)
        for at, known in HEADER.items():
            header[at : at + len(known)] = known
        file.seek(0)
        file.write(header)


def _copy_rows(source: Path, target: Path) -> int:
    """Copy all readable rows into a new store, and return their number."""
    with closing(sqlite3.connect(target)) as new:
        create(new, target)
        for table in TABLES:
            for row in _readable(source, table):
                marks = ",".join("?" * len(row))
                with suppress(sqlite3.IntegrityError):  # a value that no row of ours has
                    new.execute(f"insert or ignore into {table} values ({marks})", row)
        new.commit()
        counts = [new.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES]
    return sum(counts)


def _readable(source: Path, table: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a table in each order, up to the first unreadable one; some repeatedly."""
    with closing(sqlite3.connect(source)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for order in TABLES[table]:
            with suppress(sqlite3.DatabaseError):
                yield from connection.execute(f"select * from {table} order by {order}")
                return  # every row was readable


def _put_aside(path: Path) -> Path:
    """Give the malformed file and its log a second name that nothing has; return it."""
    for number in count(1):
        kept = _beside(path, ".damaged" if number == 1 else f".damaged-{number}")
        if any(os.path.lexists(_beside(kept, suffix)) for suffix in ("", "-wal", "-shm")):
            continue
        for suffix in ("-wal", "-shm"):  # SQLite would apply the old log to the new file
            if _beside(path, suffix).exists():
                _beside(path, suffix).rename(_beside(kept, suffix))
        try:
            kept.hardlink_to(path)  # so that there is a file under its name at any time
        except OSError:
            path.rename(kept)
        return kept
    raise AssertionError("numbers do not end")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
