"""List, verify and shrink the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from convatlas.store.store import Store, checksum, stored


def labels(store: Store) -> Iterator[tuple[str, str]]:
    """Yield lens and label (``network/layer/filter``) of each record, sorted."""
    with store.reporting():
        yield from store.connection.execute("select lens, label from records order by lens, label")


def verify(store: Store) -> list[str]:
    """Check every row and drop the damaged ones; return a description of each dropped row."""
    bad = _repair(store)
    with store.reporting():
        for table, body in (("records", "body"), ("memo", "value")):
            rows = store.connection.execute(f"select key, {body}, seal from {table}")
            keys = [key for key, text, mark in rows if mark != checksum(key, text)]
            bad += [store.drop(table, "key", key) for key in keys]
        digests = [row[0] for row in store.connection.execute("select digest from pictures")]
    bad += [f"picture {digest}" for digest in sorted(store.damaged(digests))]
    return bad + _drop_incomplete(store)


def _repair(store: Store) -> list[str]:
    """Rescue the readable rows if the file's structure is damaged, such as an index."""
    with store.reporting():
        (fault,) = store.connection.execute("pragma integrity_check(1)").fetchone()
        if fault == "ok":
            return []
        store.rescue()
    return [f"the old file: {' '.join(fault.split())}"]


def _drop_incomplete(store: Store) -> list[str]:
    """Drop the records that have lost a picture."""
    with store.reporting():
        have = {row[0] for row in store.connection.execute("select digest from pictures")}
        rows = store.connection.execute("select key, body from records").fetchall()
    lost = [key for key, body in rows if not _digests(body) <= have]
    store.forget(lost)
    return [f"record {key}: a picture of it is missing" for key in lost]


def _digests(body: str) -> set[str]:
    return set(stored(body).digests)


def sweep(store: Store, keep: Collection[str], memo: Collection[str]) -> tuple[int, int]:
    """Drop all records except those to keep, and shrink the file.

    Unused entries of the memo are dropped too, except the times that records took.

    Args:
        keep: The keys of records to keep.
        memo: The keys of the memo to keep.

    Returns:
        The number of dropped records, and by how many bytes the file has shrunk.
    """
    size = _size(store)
    with store.reporting():
        keys = [row[0] for row in store.connection.execute("select key from records")]
        drop = [key for key in keys if key not in keep]
        store.forget(drop)
        with store.transaction():
            _sweep_pictures(store)
            known = [row[0] for row in store.connection.execute("select key from memo")]
            stale = [(k,) for k in known if k not in memo and not k.startswith("rate/")]
            store.connection.executemany("delete from memo where key = ?", stale)
        store.connection.execute("vacuum")
    return len(drop), max(0, size - _size(store))


def _sweep_pictures(store: Store) -> None:
    bodies = store.connection.execute("select body from records")
    used = {digest for (body,) in bodies for digest in _digests(body)}
    have = [row[0] for row in store.connection.execute("select digest from pictures")]
    unused = [(digest,) for digest in have if digest not in used]
    store.connection.executemany("delete from pictures where digest = ?", unused)


def _size(store: Store) -> int:
    """Return the file's size in bytes, after a checkpoint of the write-ahead log."""
    with store.reporting():
        store.connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        return store.path.stat().st_size
