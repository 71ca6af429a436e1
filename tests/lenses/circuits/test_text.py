"""Circuits in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.circuits import text
from convatlas.lenses.circuits.gates import gate
from support.synthetic import synthetic_manifest


def entry(**more: Any) -> Any:
    return {"inputs": [0] * 12, "explained": 0.56, "total": 1.0, "count": 64, "excess": 1.0, **more}


@pytest.mark.parametrize(
    ("drop", "told"),
    [(0.42, "−42"), (-0.051, "+5.1"), (0.0999, "−10"), (1.234, "−123"), (0.0001, "0"), (0, "0")],
)
def test_a_drop_is_what_the_response_changes_by(drop: float, told: str) -> None:
    assert text.change(drop) == told


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({}, "These 12 make up 56 %, the 52 other inputs 44 %."),
        ({"explained": 1.1}, "These 12 make up 110 %, the 52 other inputs −10 %."),
        ({"count": 12, "explained": 1.0}, "These 12 make up 100 %."),
        ({"inputs": [0], "count": 2}, "This one makes up 56 %, the other input 44 %."),
        (
            {"total": 0.8},
            "These 12 make up 56 %, the 52 other inputs 24 %;"
            " 20 % is due to no input alone, as with padding and max pooling.",
        ),
    ],
)
def test_how_much_the_inputs_explain(own: dict[str, Any], told: str) -> None:
    assert text.explained(entry(**own)).replace("\u00a0", " ") == told


def test_why_there_are_no_inputs() -> None:
    none = entry(inputs=[], count=0)
    known: Any = {"layers": ["conv1"]}
    mixed: Any = {"layers": []}
    failed: Any = {"layers": [], "reason": "its sums do not add up"}
    told = text.silent(none, failed, reads_picture=False)
    assert told == "Nothing is told of it: its sums do not add up."
    assert "picture itself" in text.silent(none, mixed, reads_picture=True)
    assert "mixed" in text.silent(none, mixed, reads_picture=False)
    assert "No image excites it" in text.silent(none, known, reads_picture=False)


def test_a_layer_reads_the_picture_if_nothing_comes_before_it() -> None:
    network: Any = synthetic_manifest(layers=1, filters=1)[0]["networks"][0]
    own: Any = {"layers": []}
    layer = network["layers"][0] | {
        "channels": network["preprocessing"]["channels"],
        "kernel": [3, 5],
        "dilation": [1, 2],
        "local_receptive_field": [3, 9],
    }
    assert text.reads_picture(network, layer, own)
    assert not text.reads_picture(network, layer | {"local_receptive_field": [5, 9]}, own)
    assert not text.reads_picture(network, layer | {"channels": 64}, own)


def test_two_reasons_are_told_by_their_images() -> None:
    told = text.reasons([0, 1, 0, 0])
    assert "at images 1, 3 and 4 than at image 2." in told


@pytest.mark.parametrize(
    ("spearman", "told"),
    [
        (0.995, ""),
        (0.5, "Removal test: rank correlation 0.50 (do not rely on these)"),
        (-0.25, "Removal test: rank correlation −0.25 (do not rely on these)"),
    ],
)
def test_which_drops_not_to_rely_on(spearman: float, told: str) -> None:
    audit = {"drops": 9, "spearman": spearman, "top5": 1.0}
    bad = {**audit, "spearman": 0.25}
    layer: Any = {"audit": audit, "audit_behind": bad}
    assert text.doubt(layer, behind=False) == told
    beyond = "behind the bottleneck 0.25 (do not rely on these)"
    assert text.doubt(layer, behind=True) == (
        f"{told}, {beyond}" if told else f"Removal test: {beyond}"
    )
    assert text.doubt({**layer, "audit": None}, behind=False) == ""


def test_what_the_numbers_are_is_told_of_the_lists_that_there_are() -> None:
    outputs: Any = [{"layer": "next", "index": 0, "drop": 0.5}]
    both = text.about(entry(images=9, outputs=outputs))
    assert "its response at its 9 strongest images falls (−)" in both
    assert both.endswith("Outputs: theirs without it.")
    assert "at its strongest image falls" in text.about(entry(images=1, outputs=[]))
    assert "the response of each falls" in text.about(entry(inputs=[], outputs=outputs))
    assert text.about(entry(inputs=[], outputs=[])) == ""


def layer(name: str, filters: int, map: list[int], **more: Any) -> Any:
    field: Any = {"receptive_field": [9, 9], "local_receptive_field": [9, 9]}
    own = {"name": name, "filters": [0] * filters, "map": map, "channels": 8}
    return {**own, **field, **more}


def gated() -> tuple[Any, Any, Any]:
    """A network in which a gate scales what the last layer reads, that layer, and its circuits."""
    late = layer("project", 4, [6, 6], receptive_field=None)
    first = layer("depthwise", 8, [6, 6])
    small, factors = layer("fc1", 2, [1, 1]), layer("fc2", 8, [1, 1])
    return {"layers": [first, small, factors, late]}, late, {"layers": ["depthwise"]}


def test_a_gate_is_known_by_the_layer_that_makes_its_factors() -> None:
    network, late, own = gated()
    assert gate(network, late, own) == "fc2"
    assert gate(network, late, {"layers": ["depthwise", "fc2"]}) is None  # added, not multiplied
    assert gate(network, late, {"layers": ["elsewhere"]}) is None
    assert gate(network, {**late, "receptive_field": [9, 9]}, own) is None
    network["layers"][2]["filters"] = [0] * 4
    assert gate(network, late, own) is None


def test_what_comes_through_the_gate_is_one_line() -> None:
    told = text.explained(entry(total=0.8), "fc2").replace("\u00a0", " ")
    assert "24 %. Through the gate (fc2): 20 %. Its factors are held" in told
    assert "padding" not in told
