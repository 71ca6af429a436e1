"""Records by lens, layer and item."""

from __future__ import annotations

import pickle

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord


def entry(
    lens: str, layer: str | None, item: int | str, key: str
) -> tuple[RecordRequest, StoredRecord]:
    picture = Picture(f"picture of {key}", 1, 1, "webp")
    record = StoredRecord({"key": key}, {"picture": picture}, {"blob": f"blob of {key}"})
    return RecordRequest(key, lens, layer, item), record


FIRST, SECOND = entry("maximize", "conv1", 0, "a"), entry("maximize", "conv1", 0, "b")
WHOLE, OTHER = entry("photographs", None, "id", "c"), entry("maximize", "conv2", 0, "d")


def test_records_of_one_place_stand_in_the_order_of_the_requests() -> None:
    index = RecordIndex.of([FIRST, OTHER, SECOND, WHOLE])
    assert list(index.all("maximize", "conv1", 0)) == [FIRST, SECOND]
    assert index.first("maximize", "conv1", 0) == FIRST[1]
    assert index.first("photographs", None, "id") == WHOLE[1]
    assert list(index.of_lens("maximize")) == [FIRST, SECOND, OTHER]


def test_what_is_not_there_is_told_apart() -> None:
    index = RecordIndex.of([FIRST])
    for place in (("kernels", "conv1", 0), ("maximize", None, 0), ("maximize", "conv1", 1)):
        assert index.first(*place) is None
        assert not index.all(*place)
    assert not list(index.of_lens("kernels"))
    assert index == RecordIndex.of([FIRST])  # a look leaves nothing behind


def test_what_is_put_takes_the_place_of_the_rest() -> None:
    index = RecordIndex.of([FIRST, SECOND, OTHER])
    again = entry("maximize", "conv1", 0, "e")
    index.put(*again)
    assert list(index) == [again, OTHER]


def test_keys_and_digests_and_whose_they_are() -> None:
    index = RecordIndex.of([FIRST, WHOLE])
    assert index.keys == {"a", "c"}
    assert index.digests == {"picture of a", "blob of a", "picture of c", "blob of c"}
    assert list(index.owners({"blob of c", "blob of b"})) == ["c"]


def test_a_part_of_it_can_be_sent() -> None:
    part = RecordIndex.of([FIRST, WHOLE]).only(["photographs", "statistics"])
    assert list(part) == [WHOLE]
    assert pickle.loads(pickle.dumps(part)) == part
