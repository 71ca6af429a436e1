"""The content-addressed cache of records: one SQLite file that is consistent at any time."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from types import TracebackType

from convatlas.errors import StoreError
from convatlas.model.records import Json, Picture, Record, RecordRequest, StoredRecord, canonical
from convatlas.store.connection import begin, connect
from convatlas.store.salvage import salvage

log = logging.getLogger("convatlas.store")

CHUNK = 500  # SQLite's oldest limit on variables in a statement is 999


def checksum(key: str, body: str) -> str:
    """Return the checksum of a row, which binds its content to its key."""
    return hashlib.sha256(f"{key}\n{body}".encode()).hexdigest()


class DamagedPicture(StoreError):
    """A picture is missing from the store, or its bytes are damaged."""

    def __init__(self, path: Path, digest: str) -> None:
        super().__init__(
            f"store {path}: picture {digest} is damaged; build again to render it anew"
        )
        self.path, self.digest = path, digest

    def __reduce__(self) -> tuple[type, tuple[Path, str], dict[str, object]]:
        return type(self), (self.path, self.digest), self.__dict__  # for pickling


class Store:
    """Records, their pictures, and a memo of facts about files and networks.

    Several processes may use a store at the same time: a row's content is a function of its key,
    and the first writer wins. Every row is checked when it is read; a damaged one is reported and
    dropped, and then counts as missing.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self.reporting():
            self.connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        """Open the file; the readable rows of a malformed one are saved in a new one."""
        try:
            return connect(self.path)
        except sqlite3.DatabaseError as error:
            if not _is_malformed(error):
                raise
            log.warning("%s: %s; saving the readable rows", self.path, error)
        salvage(self.path)
        try:
            return connect(self.path)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"store {self.path}: {error} again; check the disk") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self.connection.close()

    @contextmanager
    def closed_for_fork(self) -> Iterator[None]:
        """Close the connection during a fork, so that parent and child open their own."""
        self.connection.close()
        yield
        with self.reporting():
            self.connection = self._connect()

    def find(self, keys: Iterable[str]) -> dict[str, StoredRecord]:
        """Return the intact records among the given keys, by key."""
        found: dict[str, StoredRecord] = {}
        wanted = list(keys)
        with self.reporting():
            for start in range(0, len(wanted), CHUNK):
                for key, body, mark in self._select(wanted[start : start + CHUNK]):
                    if mark == checksum(key, body):
                        found[key] = stored(body)
                    else:
                        self.drop("records", "key", key)
        return found

    def intact(self, keys: Iterable[str]) -> bool:
        """Return whether the store has all these records undamaged; no record is parsed."""
        wanted = list(keys)
        with self.reporting():
            return all(
                sum(mark == checksum(key, body) for key, body, mark in self._select(some))
                == len(some)
                for start in range(0, len(wanted), CHUNK)
                if (some := wanted[start : start + CHUNK])
            )

    def _select(self, keys: Sequence[str]) -> list[tuple[str, str, str]]:
        marks = ",".join("?" * len(keys))
        return self.connection.execute(
            f"select key, body, seal from records where key in ({marks})", keys
        ).fetchall()

    def add(self, batch: Iterable[tuple[str, RecordRequest, Record]]) -> None:
        """Write (network, request, record) triples in one transaction; existing records stay."""
        records, bytes_of = [], dict[str, bytes]()
        for network, request, record in batch:
            label = "/".join(
                str(part) for part in (network, request.layer, request.item) if part is not None
            )
            body, blobs = _body(record)
            records.append((request.key, request.lens, label, body, checksum(request.key, body)))
            bytes_of |= blobs
        with self.reporting(), self.transaction():
            self.connection.executemany(
                "insert or ignore into pictures values (?, ?)", bytes_of.items()
            )
            self.connection.executemany(
                "insert or ignore into records values (?, ?, ?, ?, ?)", records
            )

    def picture(self, digest: str) -> bytes:
        """Return the bytes of a picture or another blob.

        Raises:
            DamagedPicture: the bytes are missing, or damaged, in which case they are dropped.
        """
        with self.reporting():
            row = self.connection.execute(
                "select data from pictures where digest = ?", (digest,)
            ).fetchone()
            if row is not None and hashlib.sha256(row[0]).hexdigest() == digest:
                return bytes(row[0])
            if row is not None:
                self.drop("pictures", "digest", digest)
        raise DamagedPicture(self.path, digest)

    def damaged(self, digests: Collection[str]) -> set[str]:
        """Return the digests whose bytes are missing or damaged; damaged ones are dropped."""
        found = set()
        for digest in digests:
            try:
                self.picture(digest)
            except DamagedPicture:
                found.add(digest)
        return found

    def forget(self, keys: Iterable[str]) -> None:
        """Drop records, so that they are rendered again."""
        with self.reporting(), self.transaction():
            self.connection.executemany(
                "delete from records where key = ?", [(key,) for key in keys]
            )

    def lost(self, digests: Collection[str]) -> set[str]:
        """Return the digests that are not in the store, without reading any bytes."""
        with self.reporting():
            rows = self.connection.execute("select digest from pictures").fetchall()
        return set(digests).difference(row[0] for row in rows)

    def get(self, key: str) -> Json | None:
        """Return the memo's value for a key, or None."""
        with self.reporting():
            row = self.connection.execute(
                "select value, seal from memo where key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            if row[1] == checksum(key, row[0]):
                return json.loads(row[0])
            self.drop("memo", "key", key)
            return None

    def put(self, key: str, value: Json) -> None:
        """Put a JSON value into the memo; nothing is written if it is already there."""
        body = canonical(value).decode()
        with self.reporting(), self.transaction():
            self.connection.execute(
                "insert into memo values (?, ?, ?) on conflict (key) do update "
                "set value = excluded.value, seal = excluded.seal "
                "where seal != excluded.seal or value != excluded.value",
                (key, body, checksum(key, body)),
            )

    def trim(self, prefix: str, most: int) -> None:
        """Drop the oldest values of the memo whose keys begin with ``prefix``, if there are more
        than ``most``.
        """
        with self.reporting(), self.transaction():
            self.connection.execute(
                "delete from memo where rowid in (select rowid from memo "
                "where substr(key, 1, ?) = ? order by rowid desc limit -1 offset ?)",
                (len(prefix), prefix, most),
            )

    def drop(self, table: str, column: str, key: str) -> str:
        """Drop a damaged row, report it, and return a description of it."""
        what = f"{table.removesuffix('s')} {key}"
        log.warning("%s: %s is damaged; dropped, to be made again", self.path, what)
        self.connection.execute(f"delete from {table} where {column} = ?", (key,))
        return what

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything inside the context, or nothing if it raises."""
        begin(self.connection, self.path)
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Turn SQLite's errors into StoreError with a remedy."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"store {self.path}: {error}; {self._remedy(error)}") from error

    def _remedy(self, error: sqlite3.Error | OSError) -> str:
        if "full" in str(error) or getattr(error, "errno", None) == errno.ENOSPC:
            return "free some space and build again; nothing is lost"
        if "locked" in str(error):
            return "end the program that uses it, or choose another with --store"
        if _is_malformed(error):
            with self.reporting():
                self.rescue()
            return "its readable rows have been saved in a new file; build again"
        return "check the file and its folder, or choose another with --store"

    def rescue(self) -> None:
        """Replace a malformed file by a new one with its readable rows, and open that one."""
        self.connection.close()
        salvage(self.path)
        self.connection = self._connect()


def _is_malformed(error: Exception) -> bool:
    """Return whether SQLite refuses the file for its content, not for a lock or a full disk."""
    return type(error) is sqlite3.DatabaseError


def _body(record: Record) -> tuple[str, dict[str, bytes]]:
    """Return a record as text, and the bytes that the text refers to, by digest."""
    facts = {name: picture.facts for name, picture in record.pictures.items()}
    named = {name: hashlib.sha256(data).hexdigest() for name, data in record.blobs.items()}
    body = {
        "data": record.data,
        "pictures": {name: astuple(picture) for name, picture in facts.items()},
        **({"blobs": named} if named else {}),
    }
    blobs = {facts[name].digest: picture.data for name, picture in record.pictures.items()}
    blobs |= {named[name]: data for name, data in record.blobs.items()}
    return canonical(body).decode(), blobs


def stored(body: str) -> StoredRecord:
    """Parse the record in a row's text."""
    value = json.loads(body)
    pictures = {name: Picture(*picture) for name, picture in value["pictures"].items()}
    return StoredRecord(value["data"], pictures, value.get("blobs", {}))
