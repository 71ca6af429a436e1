"""Recover the readable rows of a malformed SQLite file."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger("convatlas.store")


def salvage(path: Path, schema: str) -> None:
    """Rename a malformed file to ``*.damaged``, and copy its readable rows to a new one.

    Rows are copied as they are; the store checks each one when it is read.
    """
    damaged = path.with_name(path.name + ".damaged")
    path.replace(damaged)
    for suffix in ("-wal", "-shm"):  # they contain rows too, and SQLite finds them by name
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(damaged.with_name(damaged.name + suffix))
    target = sqlite3.connect(path)
    target.executescript(schema)
    tables = [row[0] for row in target.execute("select name from sqlite_master where type='table'")]
    saved = 0
    with contextlib.closing(sqlite3.connect(damaged)) as source, contextlib.closing(target):
        for table in tables:
            for row in _readable(source, table):
                marks = ",".join("?" * len(row))
                target.execute(f"insert or ignore into {table} values ({marks})", row)
                saved += 1
        target.commit()
    log.warning("%s: %d rows saved; the damaged file is kept as %s", path, saved, damaged.name)


def _readable(source: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a table from both ends, each up to the first unreadable row."""
    key = "digest" if table == "pictures" else "key"
    seen: set[object] = set()
    for order in ("asc", "desc"):
        with contextlib.suppress(sqlite3.DatabaseError):
            for row in source.execute(f"select * from {table} order by {key} {order}"):
                if row[0] in seen:
                    break
                seen.add(row[0])
                yield row
