"""From records to what the manifest and layer.json say of circuits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from convatlas.lenses.circuits.layer_text import trust
from convatlas.lenses.circuits.packing import packed
from convatlas.lenses.circuits.records import LAYER, NAME, CircuitData
from convatlas.model.columns import objects
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from convatlas.site.exports.layer_json import layer_json
from convatlas.site.manifest import assemble
from convatlas.ui.network_results import NetworkResults
from support.facts import ATLAS, NETWORK
from support.facts import LAYER as CONV1

CONV2 = replace(CONV1, name="conv2", module="conv2", channels=4)
SLICES = Picture("c" * 64, 6, 12, "webp")
REMOVAL = {"drops": 80, "spearman": 0.99, "overlap": 1.0}
OF_LAYER = {
    "layers": ["conv1", "behind"],
    "after": ["conv2"],
    "unknown": 1,
    "sums": 0,
    "removal": REMOVAL,
    "behind": None,
    "slices": [3, 3],
    "reason": None,
}
BARE: CircuitData = {
    "images": 2,
    "excess": 0.0,
    "exciting": [],
    "inhibiting": [],
    "total": 0.0,
    "inputs": 0,
    "behind": [],
    "consumers": [],
    "groups": None,
}
CIRCUIT: CircuitData = {
    **BARE,
    "excess": 2.0,
    "exciting": [(0, 3, 1.5, 0.75, 0.5, [1.0, 2.0]), (0, 1, 0.25, None, 0.4, [0.5, 0.0])],
    "inhibiting": [
        (0, 2, -0.5, 0.125, 0.3, [-0.5, -0.5]),
        (0, 0, -0.019, 0.125, 0.3, [-0.019, -0.019]),
    ],
    "total": 1.75,
    "inputs": 4,
    "behind": [(1, 7, -0.333333)],
    "groups": [0, 1],
}


@pytest.fixture(scope="module")
def manifest() -> Any:
    consumers = [("conv2", 0, 0.123456), ("conv2", 1, -0.02), ("conv2", 2, 0.009)]
    items: list[tuple[str, int | str, Any]] = [
        ("conv1", 0, packed({**BARE, "consumers": [("conv2", 2, 0.009)]}, ["conv2"])),
        ("conv1", 3, packed({**BARE, "consumers": consumers}, ["conv2"])),
        ("conv1", LAYER, {**OF_LAYER, "layers": [], "removal": None, "slices": []}),
        ("conv2", 0, packed(CIRCUIT, [])),
        ("conv2", 1, packed(BARE, [])),
        ("conv2", LAYER, OF_LAYER),
    ]
    records = RecordIndex.of(
        (
            RecordRequest(f"{layer}{item}", NAME, layer, item),
            StoredRecord(data, {"slices": SLICES} if data.get("slices") else {}),
        )
        for layer, item, data in items
    )
    network = replace(NETWORK, layers=(CONV1, CONV2))
    chosen = {"conv1": [0, 1, 2, 3], "conv2": [0, 1, 2]}
    return assemble(ATLAS, [NetworkResults(network, chosen, None, records)])


@pytest.fixture(scope="module")
def layers(manifest: Any) -> Any:
    return {layer["name"]: layer for layer in manifest["networks"][0]["layers"]}


def test_drops_are_shares_of_the_excess(layers: Any) -> None:
    entry = layers["conv2"]["filters"][0]["circuits"]
    told = [
        (each["index"], each["drop"], each["share"], each["weight"]) for each in entry["inputs"]
    ]
    assert told == [(3, 0.75, 0.75, 0.5), (1, 0.125, None, 0.4), (2, -0.25, 0.125, 0.3)]
    assert {each["layer"] for each in entry["inputs"]} == {"conv1"}
    assert (entry["explained"], entry["total"], entry["count"]) == (0.625, 0.875, 4)
    assert entry["behind"] == [{"layer": "behind", "index": 7, "drop": -0.167}]
    assert entry["groups"] == [0, 1]


def test_consumers_are_told_in_shares_of_their_own_excess(layers: Any) -> None:
    entry = layers["conv1"]["filters"][3]["circuits"]
    assert entry["outputs"][0] == {"layer": "conv2", "index": 0, "drop": 0.123}
    assert entry["inputs"] == []
    assert "groups" not in entry


def test_what_is_less_than_a_hundredth_is_left_out_if_there_is_more(layers: Any) -> None:
    inhibiting = [each["drop"] for each in layers["conv2"]["filters"][0]["circuits"]["inputs"]][2:]
    assert inhibiting == [-0.25]
    first, other = (layers["conv1"]["filters"][index]["circuits"] for index in (3, 0))
    assert [each["drop"] for each in first["outputs"]] == [0.123, -0.02]
    assert [each["drop"] for each in other["outputs"]] == [0.009]


def test_a_filter_whose_responses_do_not_rise_has_no_inputs(layers: Any) -> None:
    entry = layers["conv2"]["filters"][1]["circuits"]
    assert (entry["inputs"], entry["behind"], entry["explained"]) == ([], [], 0)
    assert layers["conv2"]["filters"][2]["circuits"] is None


def test_a_layer_says_what_it_reads_and_publishes_its_kernels_once(
    manifest: Any, layers: Any
) -> None:
    entry = layers["conv2"]["circuits"]
    assert entry["audit"] == {"drops": 80, "spearman": 0.99, "top5": 1.0}
    assert (entry["layers"], entry["unknown"], entry["sums"]) == (["conv1", "behind"], 1, 0)
    assert entry["slices"]["size"] == [3, 3]
    path = f"net/conv2/{entry['slices']['picture']['file']}"
    assert manifest["files"][path] == SLICES.digest
    assert "slices" not in layers["conv1"]["circuits"]
    assert layers["conv1"]["circuits"]["audit"] is None


def test_layer_json_leaves_out_single_images(layers: Any) -> None:
    data: Any = layer_json(layers["conv2"])
    rows: Any = objects(data["filters"], data["count"])
    told = rows[0]["circuits"]
    assert told["inputs"][0] == {
        "layer": "conv1",
        "index": 3,
        "drop": 0.75,
        "share": 0.75,
        "weight": 0.5,
    }
    assert rows[2]["circuits"] is None
    assert data["circuits"]["audit"]["top5"] == 1.0


def test_why_nothing_is_told_of_a_layer_is_in_its_entry(layers: Any) -> None:
    record = StoredRecord({**OF_LAYER, "reason": "it is folded"}, {})
    records = RecordIndex.of([(RecordRequest("key", NAME, "conv2", LAYER), record)])
    network = replace(NETWORK, layers=(CONV1, CONV2))
    chosen = {"conv1": [0], "conv2": [0]}
    told: Any = assemble(ATLAS, [NetworkResults(network, chosen, None, records)])
    entry = told["networks"][0]["layers"][1]["circuits"]
    assert entry["reason"] == "it is folded"
    assert "reason" not in layers["conv2"]["circuits"]
    said = trust(entry, told["networks"][0]["layers"][1], told["networks"][0])
    assert said == "Nothing is told of its filters: it is folded."
