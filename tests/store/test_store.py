"""The store: what is put in comes out, or counts as missing."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sqlite3
from pathlib import Path

import pytest

from convatlas.errors import StoreError
from convatlas.model.records import EncodedPicture, Record
from convatlas.store.maintenance import sweep, verify
from convatlas.store.store import DamagedPicture, Store
from support.store_records import record, request, write_many


def fill(store: Store, numbers: range) -> None:
    store.add(("net", request(number), record(number)) for number in numbers)


def test_what_is_added_is_found(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        fill(store, range(1200))
        found = store.find(request(n).key for n in range(1300))
        assert len(found) == 1200
        seven = found[request(7).key]
        assert seven.data == {"number": 7}
        picture = seven.pictures["kernel"]
        assert (picture.width, picture.height) == (3, 2)
        assert store.picture(picture.digest) == b"picture 7"
    with Store(tmp_path / "store") as again:
        assert len(again.find([request(5).key])) == 1


def test_the_firstwrite_many_wins(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        store.add([("net", request(1), Record({"from": "first"}))])
        store.add([("net", request(1), Record({"from": "second"}))])
        assert store.find([request(1).key])[request(1).key].data == {"from": "first"}


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def batch():
        yield "net", request(1), record(1)
        raise KeyboardInterrupt

    with Store(tmp_path / "store") as store:
        with pytest.raises(KeyboardInterrupt):
            store.add(batch())
        assert store.find([request(1).key]) == {}
        fill(store, range(2))
        assert len(store.find([request(1).key])) == 1


def test_a_damaged_row_is_reported_and_counts_as_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store"
    with Store(path) as store:
        fill(store, range(3))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "update records set body = replace(body, '1', '9') where key = ?", [request(1).key]
        )
    connection.close()
    with Store(path) as store, caplog.at_level(logging.WARNING, "convatlas"):
        assert set(store.find(request(n).key for n in range(3))) == {request(0).key, request(2).key}
        assert request(1).key in caplog.text
        fill(store, range(3))
        assert len(store.find(request(n).key for n in range(3))) == 3


def test_a_record_moved_to_another_key_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Store(path) as store:
        fill(store, range(1))
    with sqlite3.connect(path) as connection:
        connection.execute("update records set key = ?", [request(1).key])
    connection.close()
    with Store(path) as store:
        assert store.find([request(1).key]) == {}


def test_verify_drops_damaged_pictures_and_the_records_that_show_them(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Store(path) as store:
        fill(store, range(3))
        lost = store.find([request(1).key])[request(1).key].pictures["kernel"].digest
    with sqlite3.connect(path) as connection:
        connection.execute("update pictures set data = x'00' where digest = ?", [lost])
    connection.close()
    with Store(path) as store:
        with pytest.raises(DamagedPicture):
            store.picture(lost)
        assert store.lost({lost}) == {lost}
        assert any(request(1).key in what for what in verify(store))
        assert set(store.find(request(n).key for n in range(3))) == {request(0).key, request(2).key}
        assert verify(store) == []


def test_the_memo_keeps_json(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        assert store.get("a") is None
        store.put("a", {"x": [1, 2.5, None]})
        store.put("a", {"x": [1]})
        assert store.get("a") == {"x": [1]}


def test_sweep_keeps_what_is_reached_and_shrinks_the_file(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        big = Record({}, {"p": EncodedPicture(os.urandom(2_000_000), 1, 1, "webp")})
        store.add([("net", request(0), record(0)), ("net", request(1), big)])
        store.put("kept", 1)
        store.put("dropped", 1)
        dropped, freed = sweep(store, {request(0).key}, {"kept"})
        assert dropped == 1
        assert freed > 1_000_000
        assert set(store.find([request(0).key, request(1).key])) == {request(0).key}
        assert (store.get("kept"), store.get("dropped")) == (1, None)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--store"):
        Store(tmp_path / "file" / "store")


def test_a_full_disk_is_a_clear_error_and_the_store_stays_good(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        fill(store, range(2))
        store.connection.execute("pragma max_page_count = 20")
        huge = Record({}, {"p": EncodedPicture(os.urandom(200_000), 1, 1, "webp")})
        with pytest.raises(StoreError, match=r"full.*free some space"):
            store.add([("net", request(9), huge)])
        assert len(store.find([request(0).key, request(1).key, request(9).key])) == 2
        assert verify(store) == []


def test_two_processes_write_one_store(tmp_path: Path) -> None:
    path = tmp_path / "store"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=write_many, args=(path, start)) for start in (0, 100)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    with Store(path) as store:
        assert len(store.find(request(n).key for n in range(300))) == 300
        assert verify(store) == []


def test_of_the_memo_the_oldest_are_dropped(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        for number in range(5):
            store.put(f"a/{number}", number)
            store.put(f"b/{number}", number)
        store.put("a/0", "changed")
        store.trim("a/", 3)
        assert [store.get(f"a/{number}") for number in range(5)] == [None, None, 2, 3, 4]
        assert [store.get(f"b/{number}") for number in range(5)] == [0, 1, 2, 3, 4]


def test_a_damaged_value_is_replaced_by_the_same(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        store.put("a", 1)
        store.connection.execute("update memo set value = '2'")
        store.put("a", 1)
        assert store.get("a") == 1


def test_records_are_intact_if_all_are_there_and_none_is_damaged(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        fill(store, range(1300))
        keys = [request(n).key for n in range(1300)]
        assert store.intact(keys)
        assert store.intact([])
        assert not store.intact([*keys, "another"])
        store.connection.execute(
            "update records set body = body || ' ' where key = ?", keys[700:701]
        )
        assert not store.intact(keys)
        assert store.intact(keys[:700])
