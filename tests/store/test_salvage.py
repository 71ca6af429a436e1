"""What is damaged in a store is found, and what can be read of it is saved."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from convatlas.errors import StoreError
from convatlas.store import connection
from convatlas.store.maintenance import verify
from convatlas.store.store import Store
from support.store_records import record, request

ROWS = 300
KEYS = [request(number).key for number in range(ROWS)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "store"
    with Store(path) as store:
        store.add(("net", request(number), record(number)) for number in range(ROWS))
    return path.read_bytes()


def damaged(folder: Path, data: bytes, *damages: tuple[int, bytes]) -> Path:
    """A store with some bytes replaced."""
    changed = bytearray(data)
    for at, new in damages:
        changed[at : at + len(new)] = new
    path = folder / "store"
    path.write_bytes(changed)
    return path


def whole(store: Store) -> int:
    """How many of the records can be read, with their pictures."""
    return sum(
        not store.damaged([picture.digest for picture in found.pictures.values()])
        for found in store.find(KEYS).values()
    )


@pytest.mark.parametrize(
    "at", [0, 9, 16, 17, 18, 19, 20, 21, 29, 47, 55, 59, 67, 68, 71], ids=lambda at: f"byte {at}"
)
def test_a_damaged_header_costs_no_row(tmp_path: Path, sound: bytes, at: int) -> None:
    with Store(damaged(tmp_path, sound, (at, bytes([sound[at] ^ 0x41])))) as store:
        assert whole(store) == ROWS
        assert verify(store) == []


def test_a_header_of_zeros_costs_no_row(tmp_path: Path, sound: bytes) -> None:
    with Store(damaged(tmp_path, sound, (0, bytes(100)))) as store:
        assert whole(store) == ROWS


def test_of_a_malformed_file_the_rest_is_saved(tmp_path: Path, sound: bytes) -> None:
    middle = len(sound) // 2 // 4096 * 4096
    random_page = random.Random(1).randbytes(4096)
    path = damaged(tmp_path, sound, (middle, random_page), (47, b"\xff"))
    with Store(path) as store:
        assert ROWS / 3 < whole(store) <= ROWS
        store.add(("net", request(number), record(number)) for number in range(ROWS))
        verify(store)
        store.add(("net", request(number), record(number)) for number in range(ROWS))
        assert whole(store) == ROWS


def test_rows_are_found_though_the_index_is_lost(tmp_path: Path, sound: bytes) -> None:
    with closing(sqlite3.connect(damaged(tmp_path, sound))) as raw:
        query = "select rootpage from sqlite_master where name = 'sqlite_autoindex_pictures_1'"
        (root,) = raw.execute(query).fetchone()
    path = damaged(tmp_path, sound, (4096 * (root - 1), os.urandom(4096)))
    with Store(path) as store:
        assert any("old file" in what for what in verify(store))
        assert whole(store) == ROWS
        assert verify(store) == []


def test_nothing_that_was_put_aside_is_overwritten(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "store.damaged").write_text("mine")
    (tmp_path / "store.damaged-2-wal").write_text("mine")
    for number in range(3):
        Store(damaged(tmp_path, sound, (47, bytes([100 + number])))).close()
    assert (tmp_path / "store.damaged").read_text() == "mine"
    assert (tmp_path / "store.damaged-2-wal").read_text() == "mine"
    kept = [tmp_path / f"store.damaged-{number}" for number in (3, 4, 5)]
    assert [file.read_bytes()[47] for file in kept] == [100, 101, 102]
    assert not list(tmp_path.glob("store.*/"))  # what it worked with is gone


def test_of_a_link_the_file_is_mended(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "disk").mkdir()
    damaged(tmp_path / "disk", sound, (47, b"\xff"))
    (tmp_path / "link").symlink_to("disk/store")
    with Store(tmp_path / "link") as store:
        assert whole(store) == ROWS
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "disk" / "store.damaged").exists()


@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_is_found_or_changes_nothing(tmp_path: Path, sound: bytes, seed: int) -> None:
    chosen = random.Random(seed)
    at = chosen.randrange(len(sound))
    path = damaged(tmp_path, sound, (at, bytes([sound[at] ^ 1 << chosen.randrange(8)])))
    for _ in range(2):
        try:
            with Store(path) as store:
                verify(store)
                found = store.find(KEYS)
                for number, key in enumerate(KEYS):
                    assert key not in found or found[key].data == {"number": number}
                store.add(("net", request(number), record(number)) for number in range(ROWS))
                assert whole(store) == ROWS
        except StoreError as error:
            assert "saved in a new file; build again" in str(error)


def test_a_locked_store_is_told_of_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "NOTICE_SECONDS", 0.1)
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.3)
    path = tmp_path / "store"
    with Store(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        caplog.set_level(logging.WARNING, "convatlas")
        with pytest.raises(StoreError, match="locked; end the program that uses it"):
            store.put("a", 1)
        assert "in use by another program; waiting for it" in caplog.text
        other.execute("commit")
        store.put("a", 2)
        assert store.get("a") == 2
