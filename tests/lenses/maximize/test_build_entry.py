"""From the records of a filter's pictures to what the manifest says of them."""

from __future__ import annotations

from typing import Any

from convatlas.lenses.maximize.build_entry import FilterPictures
from convatlas.lenses.maximize.records import exciting_answers
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from support.synthetic_made import recipe

SEEN = {"bounds": {"highest": 10.0, "lowest": -4.0}, "images": 5}
PROVENANCE = {"device": "cpu", "precision": "float32", "torch": "2.9.0"}
HISTORY = {"steps": [0, 4], "responses": [1.0, 2.0], "frames": [0, 4]}


def pictures(*names: str) -> dict[str, Picture]:
    return {name: Picture(name * 8, 96, 96, "webp") for name in names}


def asked(role: str, number: int = 0) -> RecordRequest:
    direction = "negative" if role == "negative" else "positive"
    made = recipe(96, objective="neuron" if role == "second" else "channel")
    del made["attempt"]
    how = {"direction": direction, "attempt": number, "made": made}
    return RecordRequest(f"key of {role} {number}", "maximize", "conv1", 3, role, how)


def record(response: float | None, history: Any = HISTORY, **changes: Any) -> StoredRecord:
    data = {"response": response, "position": [0, 0], "map": [8, 8], "flat": False}
    extra = {"history": history} if history else {}
    shown = pictures("picture", *extra)
    return StoredRecord({**data, "provenance": PROVENANCE, **extra, **changes}, shown)


def member(response: float | None) -> dict[str, Any]:
    return {"response": response, "position": [1, 1], "map": [8, 8], "flat": False}


def tell(
    *records: tuple[RecordRequest, StoredRecord], evidence: Any = SEEN, **variants: str
) -> Any:
    return FilterPictures(evidence, variants, lambda stem, _: {"file": stem}).entry(records)


def test_each_role_has_its_picture_history_and_verdict() -> None:
    found = tell(
        (asked("positive"), record(20.0)),
        (asked("negative"), record(-2.0)),
        (asked("second"), record(30.0)),
    )
    assert [found[role]["ratio"] for role in ("positive", "negative", "second")] == [2.0, 0.5, 3.0]
    assert [found[role]["passed"] for role in ("positive", "negative")] == [True, False]
    assert found["second"]["objective"] == "neuron"
    assert found["second"]["picture"] == {"file": "second"}
    assert found["positive"]["history"] == {**HISTORY, "picture": {"file": "positive-history"}}
    assert found["positive"]["record"] == "key of positive "
    assert found["diverse"] == []
    assert found["variants"] == {}


def test_what_stands_beside_the_first_picture_tells_fewer_steps_and_has_no_strip() -> None:
    history = {"steps": list(range(7)), "responses": [n / 2 for n in range(7)], "frames": [0, 6]}
    found = tell((asked("positive"), record(20.0)), (asked("negative"), record(-2.0, history)))
    assert found["negative"]["history"] == {
        "steps": [0, 4, 6],
        "responses": [0.0, 2.0, 3.0],
        "frames": [0, 6],
        "picture": None,
    }


def test_only_the_shown_attempt_has_files() -> None:
    placed = []

    def place(stem: str, picture: Picture) -> str:
        placed.append(stem)
        return stem

    made = [(asked("positive", n), record(value)) for n, value in enumerate((3.0, 8.0, 5.0))]
    found = FilterPictures(SEEN, {}, place).entry(made)["positive"]
    assert (found["response"], found["attempts"], found["recipe"]["attempt"]) == (8.0, 3, 1)
    assert found["passed"] is False
    assert sorted(placed) == ["positive", "positive-history"]


def test_old_records_have_no_history() -> None:
    assert tell((asked("positive"), record(20.0, history=None)))["positive"]["history"] is None


def test_what_is_not_finite_is_not_shown() -> None:
    assert tell((asked("positive"), record(None)))["positive"] is None


def test_variants_are_told_by_name_and_positive_only() -> None:
    found = tell((asked("my own/positive"), record(5.0)), **{"my own": "my-own", "other": "other"})
    assert set(found["variants"]["my own"]) == {"positive"}
    assert found["variants"]["my own"]["positive"]["picture"] == {"file": "my-own-positive"}
    assert found["variants"]["other"] == {"positive": None}
    assert found["positive"] is None


def diverse() -> tuple[RecordRequest, StoredRecord]:
    data = {"members": [member(12.0), member(None), member(5.0)], "provenance": PROVENANCE}
    return asked("diverse"), StoredRecord(data, pictures("0", "1", "2"))


def test_diverse_pictures_are_told_one_by_one() -> None:
    found = tell((asked("positive"), record(20.0)), diverse())
    shown = found["diverse"]
    assert [made["picture"]["file"] for made in shown] == ["diverse-0", "diverse-2"]
    assert [made["ratio"] for made in shown] == [1.2, 0.5]
    assert [made["passed"] for made in shown] == [True, False]
    assert found["diverse_made"]["record"] == "key of diverse 0"


def test_without_images_nothing_is_judged() -> None:
    found = tell((asked("positive"), record(20.0)), evidence=None)["positive"]
    assert found["ratio"] is None
    assert found["passed"] is None


def test_every_picture_meant_to_excite_counts_for_a_filters_life() -> None:
    records = [
        (asked("positive"), record(-1.0)),
        (asked("negative"), record(9.0)),
        (asked("second"), record(0.5)),
        diverse(),
    ]
    assert [data["response"] for data in exciting_answers(RecordIndex.of(records), "conv1", 3)] == [
        -1.0,
        0.5,
        12.0,
        None,
        5.0,
    ]
