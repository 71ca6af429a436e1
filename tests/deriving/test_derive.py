"""The stage of derived records: keys, what is computed, and what becomes of damage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convatlas.deriving.derive import derive, expect
from convatlas.lenses.base import PlanContext, PublishPolicy
from convatlas.model.facts import ImageSetFacts, Layer, NetworkFacts, Preprocessing
from convatlas.model.records import Record, RecordRequest, digest
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.store.maintenance import sweep, verify
from convatlas.store.store import Store
from support.contexts import lens_options

INPUT = Preprocessing((6, 6), (6,), 3, (0.0,), (1.0,), "bilinear")
PHOTOS = ImageSetFacts("photos", "f" * 64, (), ())
OTHERS = ImageSetFacts("others", "0" * 64, (), ())
EVIDENCE = {"top": [{"image": "a", "position": [0, 0]}]}


def layer_of(name: str, filters: int) -> Layer:
    one = (1, 1)
    return Layer(name, name, "Conv2d", filters, 3, one, one, (0, 0), one, 1, False, "")


def responses(seed: int, filters: int, images: int = 200) -> list[bytes]:
    """The sketches of a layer: the last filter is like the first, the one before it constant."""
    values = np.random.default_rng(seed).standard_normal((filters, images))
    values[-2:] = [[0] * images, values[0]]
    scale = np.abs(values).max(1, keepdims=True)
    return [row.tobytes() for row in np.rint(127 * values / np.maximum(scale, 1)).astype(np.int8)]


def plan_of(
    store: Store,
    name: str,
    layers: dict[str, list[bytes]],
    images: ImageSetFacts | None = PHOTOS,
    filters: dict[str, Sequence[int]] | None = None,
) -> Plan:
    """A network whose records of examples are in the store; ``filters``: those of the atlas."""
    facts = tuple(layer_of(layer, len(sketches)) for layer, sketches in layers.items())
    network = NetworkFacts(name, "", "none", 0, INPUT, (), facts, (), "0" * 64)
    chosen = filters or {layer: range(len(sketches)) for layer, sketches in layers.items()}
    plan = Plan(PlanContext(network, chosen, images, PublishPolicy(), lens_options()))
    batch = [
        (name, RecordRequest(f"{name}/{layer}/{index}", "examples", layer, index), blob)
        for layer, indices in chosen.items()
        for index in indices
        for blob in [layers[layer][index]]
    ]
    store.add(
        (net, request, Record(EVIDENCE, blobs={"sketch": blob} if blob else {}))
        for net, request, blob in batch
    )
    found = store.find(request.key for _, request, _ in batch)
    for _, request, _ in batch:
        plan.records.add(request, found[request.key])
        plan.asked.add((request.key, request.role))
    return plan


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as opened:
        yield opened


def data_of(plan: Plan, layer: str) -> dict[str, object]:
    (found,) = plan.records.all("neighbours", layer, "neighbours")
    return dict(found[1].data)


def key_of(plan: Plan, layer: str) -> str:
    ((request, _),) = plan.records.all("neighbours", layer, "neighbours")
    return request.key


def test_neighbours_are_found_in_every_network_that_saw_the_images(store: Store) -> None:
    same = responses(0, 6)
    plans = [
        plan_of(store, "a", {"one": same, "two": responses(1, 4)}),
        plan_of(store, "b", {"one": same[:3]}),
        plan_of(store, "c", {"one": same}, OTHERS),
        plan_of(store, "d", {"one": same}, None),
    ]
    assert derive(plans, store, silence) == []
    one = data_of(plans[0], "one")
    assert one == {
        "nearest": {
            "0": [["a", "one", 5, 1.0, "layer"], ["b", "one", 0, 1.0, "atlas"]],
            "1": [["b", "one", 1, 1.0, "atlas"]],
            "2": [["b", "one", 2, 1.0, "atlas"]],
            "5": [["a", "one", 0, 1.0, "layer"], ["b", "one", 0, 1.0, "atlas"]],
        },
        "duplicates": [[0, 5, 1.0]],
        "twins": {
            "0": [["b", "one", 0, 1.0]],
            "1": [["b", "one", 1, 1.0]],
            "2": [["b", "one", 2, 1.0]],
            "5": [["b", "one", 0, 1.0]],
        },
    }
    assert data_of(plans[0], "two")["duplicates"] == [[0, 3, 1.0]]
    assert data_of(plans[1], "one")["nearest"] == {
        "0": [["a", "one", 0, 1.0, "atlas"], ["a", "one", 5, 1.0, "atlas"]],
        "1": [["a", "one", 1, 1.0, "atlas"]],
        "2": [["a", "one", 2, 1.0, "atlas"]],
    }
    assert data_of(plans[2], "one")["nearest"] == {
        "0": [["c", "one", 5, 1.0, "layer"]],
        "5": [["c", "one", 0, 1.0, "layer"]],
    }
    assert "twins" not in data_of(plans[2], "one")
    assert plans[3].records.first("neighbours", "one", "neighbours") is None


def test_a_twin_is_told_of_each_other_network_however_many_of_one_are_nearer(
    store: Store,
) -> None:
    same = responses(0, 8)
    noisy = [np.frombuffer(row, np.int8) for row in same[:-2]]
    noise = np.random.default_rng(9).integers(-60, 61, (len(noisy), 200))
    alike = [np.clip(row + more, -127, 127) for row, more in zip(noisy, noise, strict=True)]
    plans = [
        plan_of(store, "a", {"one": same}),
        plan_of(store, "b", {"one": [same[0]] * 6}),
        plan_of(store, "c", {"one": [row.astype(np.int8).tobytes() for row in alike]}),
    ]
    derive(plans, store, silence)
    data: Any = data_of(plans[0], "one")
    assert [place[0] for place in data["nearest"]["0"] if place[4] == "atlas"] == ["b"] * 5
    (first, second) = data["twins"]["0"]
    assert first == ["b", "one", 0, 1.0]
    assert second[:3] == ["c", "one", 0]
    assert 0.3 < second[3] < 1


def test_an_atlas_of_one_network_keeps_its_keys(store: Store) -> None:
    """What stores have had since before there were twins is not made again."""
    layers = {"one": responses(0, 3)}
    plan = plan_of(store, "a", layers)
    derive([plan], store, silence)
    sketches = [
        ["a", "one", index, hashlib.sha256(blob).hexdigest()]
        for index, blob in enumerate(layers["one"])
    ]
    depends = [digest(sketches), "a", "one"]
    material = {"epoch": 1, "lens": "neighbours", "version": 1, "depends": depends}
    assert key_of(plan, "one") == digest(material)


def test_what_the_store_has_is_not_computed_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = {"one": responses(0, 6)}
    first = plan_of(store, "a", layers)
    derive([first], store, silence)
    monkeypatch.setattr("convatlas.deriving.similarity.CorrelationIndex", None)
    again = plan_of(store, "a", layers)
    assert derive([again], store, silence) == []
    assert again.records == first.records


def test_keys_follow_from_names_filters_and_sketches(store: Store, tmp_path: Path) -> None:
    def key(*plans: Plan) -> str:
        derive(plans, store, silence)
        return key_of(plans[0], "one")

    def a(filters: Sequence[int] = range(6)) -> Plan:
        return plan_of(store, "a", layers, filters={"one": filters})

    layers = {"one": responses(0, 6)}
    alone = key(a())
    assert key(a()) == alone
    keys = [
        alone,
        key(plan_of(store, "renamed", layers)),
        key(a([0, 1, 5])),
        key(a(), plan_of(store, "b", layers)),
        key(a(), plan_of(store, "c", layers)),
    ]
    with Store(tmp_path / "other") as other:  # the same filters, after more training
        changed = plan_of(other, "a", {"one": responses(1, 6)})
        derive([changed], other, silence)
        keys.append(key_of(changed, "one"))
    assert len(set(keys)) == len(keys)
    assert key(a(), plan_of(store, "d", layers, OTHERS)) == alone
    without = plan_of(store, "bare", {"one": [b""] * 3})  # kept before there were sketches
    assert key(a(), without) == alone


def test_filters_that_are_not_chosen_take_no_part(store: Store) -> None:
    plan = plan_of(store, "a", {"one": responses(0, 6)}, filters={"one": [0, 2, 3]})
    derive([plan], store, silence)
    assert data_of(plan, "one") == {"nearest": {}, "duplicates": []}


def test_a_layer_of_one_constant_filter_has_a_record_too(store: Store) -> None:
    plan = plan_of(store, "a", {"one": [bytes(100)]})
    derive([plan], store, silence)
    assert data_of(plan, "one") == {"nearest": {}, "duplicates": []}


def test_a_network_without_sketches_asks_for_nothing(store: Store) -> None:
    plan = plan_of(store, "a", {"one": [b"", b""]})
    expect([plan])
    assert derive([plan], store, silence) == []
    assert plan.keys == {"a/one/0", "a/one/1"}
    assert not plan.records.all("neighbours", "one", "neighbours")


def test_damaged_sketches_are_told_and_nothing_is_made_of_them(store: Store) -> None:
    same = responses(0, 4)
    plan = plan_of(store, "a", {"one": same})
    first = plan.records.first("examples", "one", 0)
    assert first is not None
    change = "update pictures set data = x'00' where digest = ?"
    store.connection.execute(change, (first.blobs["sketch"],))
    damaged = derive([plan], store, silence)
    assert damaged == ["a/one/0", "a/one/3"]  # the fourth filter's sketch is the same
    assert not plan.records.all("neighbours", "one", "neighbours")
    store.forget(damaged)  # as the pipeline does, before it renders them again
    again = plan_of(store, "a", {"one": same})
    assert derive([again], store, silence) == []
    assert data_of(again, "one")["duplicates"] == [[0, 3, 1.0]]


def test_derived_records_are_kept_while_they_are_in_use(store: Store) -> None:
    layers = {"one": responses(0, 6), "two": responses(1, 4)}
    plan = plan_of(store, "a", layers)
    derive([plan], store, silence)
    derive([plan_of(store, "b", layers)], store, silence)  # of another atlas
    used = plan_of(store, "a", layers)
    expect([used])
    assert used.keys == plan.keys >= {key_of(plan, "one"), key_of(plan, "two")}
    dropped, _ = sweep(store, used.keys, set())
    assert dropped == 12
    assert verify(store) == []
    assert len(store.find(used.keys)) == 14  # with the two orders, which both atlases share


def test_labels_in_the_store_name_the_layer(store: Store) -> None:
    derive([plan_of(store, "a", {"one": responses(0, 3)})], store, silence)
    rows = store.connection.execute("select label from records where lens = 'neighbours'")
    assert rows.fetchall() == [("a/one/neighbours",)]


def test_progress_counts_layers(store: Store) -> None:
    told: list[tuple[str, int]] = []

    def progress(what: str, total: int) -> object:
        told.append((what, total))
        return silence(what, total)

    plan = plan_of(store, "a", {"one": responses(0, 3), "two": responses(1, 3)})
    derive([plan], store, progress)  # type: ignore[arg-type]
    derive([plan], store, progress)  # type: ignore[arg-type]
    assert told == [("neighbours", 2), ("order", 2)]


def test_what_is_expected_is_known_without_the_store(store: Store) -> None:
    """The keys of 26,560 filters, by what the plan holds alone."""
    random = np.random.default_rng(0)
    layers = {
        f"layer{number}": [random.bytes(12) for _ in range(512)] for number in range(26_560 // 512)
    }
    plan = plan_of(store, "a", layers)
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    expect([plan])
    assert not statements
