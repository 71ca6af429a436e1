"""Open the SQLite file of a store, and wait for other programs that use it."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from convatlas.store.recognize import APPLICATION_ID, FORMAT, Kind, recognize

log = logging.getLogger("convatlas.store")

BUSY_SECONDS = 120
"""How long to wait for another program that uses the file."""
NOTICE_SECONDS = 3
"""After how long to say so."""

SCHEMA = (
    "create table if not exists records (key text primary key, lens text not null,"
    " label text not null,\n  body text not null, seal text not null) without rowid",
    "create table if not exists pictures (digest text primary key, data blob not null)",
    "create table if not exists memo (key text primary key, value text not null,"
    " seal text not null)",
)
"""The tables; older stores have the same definitions to the byte."""
MARKS = (f"pragma application_id = {APPLICATION_ID}", f"pragma user_version = {FORMAT}")
_TABLES = "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'"


def connect(path: Path) -> sqlite3.Connection:
    """Open the store at ``path``, or create one.

    Raises:
        ForeignStore: there is another file of that name, which is left as it is.
        sqlite3.DatabaseError: the file is malformed, or cannot be opened.
        OSError: it cannot be read.
    """
    kind = recognize(path)
    if kind is Kind.DAMAGED:
        raise sqlite3.DatabaseError("its header is damaged")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Autocommit: the only transactions are those that the store begins.
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        # Damaged text must reach the checksum test rather than raise a decoding error.
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        if kind is Kind.NEW:
            create(connection, path)  # before there is a log: the file itself says what it is
        _enter_wal(connection, path)
        connection.execute("pragma synchronous = normal")
        _check_tables(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def begin(connection: sqlite3.Connection, path: Path) -> None:
    """Begin a transaction that writes; say so if another program has to be waited for."""

    def attempt(seconds: float) -> None:
        connection.execute(f"pragma busy_timeout = {seconds * 1000:.0f}")
        connection.execute("begin immediate")

    _patiently(attempt, path)


def create(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables where they are missing, and mark the file as a store of ours."""
    begin(connection, path)
    for statement in (*SCHEMA, *MARKS):
        connection.execute(statement)
    connection.execute("commit")


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Check the tables, or create them where a process was killed before it could.

    Raises:
        sqlite3.DatabaseError: the tables are not those of a store.
    """
    (application,) = connection.execute("pragma application_id").fetchone()
    if application != APPLICATION_ID or not connection.execute(_TABLES).fetchone():
        create(connection, path)
    if dict(connection.execute(_TABLES)) != _expected_tables():
        raise sqlite3.DatabaseError("its tables are not those of a store")


@cache
def _expected_tables() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        return dict(connection.execute(_TABLES))


def _enter_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to the write-ahead log; SQLite's busy timeout does not cover this step."""

    def attempt(seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                connection.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError as error:
                if not _is_locked(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    _patiently(attempt, path)


def _patiently(attempt: Callable[[float], None], path: Path) -> None:
    """Attempt something for a short time; if the file is locked, say so and wait longer."""
    try:
        attempt(NOTICE_SECONDS)
    except sqlite3.OperationalError as error:
        if not _is_locked(error):
            raise
        log.warning("%s: in use by another program; waiting for it", path)
        attempt(BUSY_SECONDS - NOTICE_SECONDS)


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
