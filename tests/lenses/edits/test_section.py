"""From records to what the manifest says of edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from convatlas.lenses.edits.columns import columns
from convatlas.lenses.edits.edited_network import EditedNetworkWriter
from convatlas.lenses.edits.records import NAME, PICTURES
from convatlas.model.edits import EditFacts
from convatlas.model.facts import ImageFacts, ImageSetFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from convatlas.ui.network_results import NetworkResults
from support.facts import NETWORK

Fact = dict[str, Any]

OF_LAYER: Fact = {
    "images": 4,
    "auc": [0.951, 0.5, None, 0.12],
    "change": [1.234, -0.005, None, -2.0],
    "invariance": [0.996, -0.2, None, 0.5],
    "twin": [(1, 0.934), None, (0, 0.91), (2, 1.0)],
    "colour": [0.714, None, 1.2, -0.5],
    "carried": {"shares": [0.9, 0.1, None, 0.0], "explained": 1.0, "enough": 1, "noticing": 0.9},
}
SCORES: Fact = {
    "changed": 0.25,
    "labelled": 3,
    "accuracy": (1.0, 0.5),
    "logits": [1.5, -2.0, 0.5],
    "drawn": {"into": 2, "share": 0.7, "kept": 0.9},
    "target": {"raised": [0], "lowered": [1], "change": 3.5},
    "behind": {
        "images": 4,
        "steps": 4,
        "change": 3.4,
        "carriers": [("conv1", 0, 0.9), ("conv1", 2, 0.05), ("conv9", 0, 0.04)],
        "set_back": 3,
        "undone": 0.4,
        "together": {"layer": "conv1", "filters": [0, 1], "explained": 0.9, "undone": 0.8},
    },
}
OF_EDIT: Fact = {
    "images": 4,
    "of": 9,
    "touched": 0.1,
    "examples": [(0, 2, 0), (1, None, 1)],
    "scores": SCORES,
}
IMAGES = (
    ImageFacts("a" * 12, "a.png", "cat", 0),
    ImageFacts("b" * 12, "b.png", "owl", 2),
    ImageFacts("c" * 12, "c.png", "dog", 1),
)
EDIT = EditFacts("border", "a border", "", "1")
PLAIN, EDITED = Picture("c" * 64, 6, 6, "webp"), Picture("d" * 64, 6, 6, "webp")
SHOWN = {"plain-0": PLAIN, "edited-0": EDITED, "plain-1": PLAIN, "edited-1": EDITED}


def results(
    of_edit: Fact, shown: Mapping[str, Picture], classes: tuple[str, ...], images: int
) -> NetworkResults:
    stored: list[tuple[str | None, str, Fact, Mapping[str, Picture]]] = [
        ("conv1", "", OF_LAYER, {}),
        (None, "", of_edit, {}),
        (None, PICTURES, {"images": [0, 1]}, shown),
    ]
    records = RecordIndex.of(
        (RecordRequest(f"{layer}{role}", NAME, layer, "border", role), StoredRecord(data, pictures))
        for layer, role, data, pictures in stored
        if role != PICTURES or pictures
    )
    network = replace(NETWORK, classes=classes, scores=3)
    facts = ImageSetFacts("photos", "", IMAGES[:images], ())
    return NetworkResults(network, {"conv1": [0, 1, 3]}, facts, records, edits=(EDIT,))


def told(
    of_edit: Fact = OF_EDIT,
    shown: Mapping[str, Picture] = SHOWN,
    classes: tuple[str, ...] = (),
    images: int = 3,
) -> tuple[Any, dict[str, str]]:
    """The entry, and the pictures that are published with it."""
    files: dict[str, str] = {}
    layer: Any = {"name": "conv1", "edits": {"border": columns(_layer(), [0, 1, 3])}}
    network: Any = {"name": "net", "slug": "n", "layers": [layer, {"name": "conv2"}]}
    known = results(of_edit, shown, classes, images)
    return EditedNetworkWriter(known, network, "border", files).entry(), files


def _layer() -> Any:
    return OF_LAYER


def test_columns_are_whole_hundredths_of_the_filters_that_are_shown() -> None:
    assert columns(_layer(), [0, 2, 3]) == {
        "auc": [95, None, 12],
        "change": [123, None, -200],
        "invariance": [100, None, 50],
        "twin": {"0": (1, 93), "2": (0, 91), "3": (2, 100)},
        "colour": [71, 120, -50],
    }


def test_edits_that_turn_nothing_have_no_twins() -> None:
    data: Any = {key: OF_LAYER[key] for key in ("images", "auc", "change", "invariance")}
    assert set(columns(data, [0])) == {"auc", "change", "invariance"}


def test_what_an_edit_does_to_scores() -> None:
    entry, _ = told()
    assert entry["changed"] == 0.25
    assert entry["accuracy"] == {"plain": 1.0, "edited": 0.5, "images": 3}
    assert entry["raised"] == [{"name": "cat", "number": 0, "logit": 1.5}]
    assert entry["lowered"] == [{"name": "dog", "number": 1, "logit": -2.0}]
    assert (entry["target"], entry["set_back"], entry["undone"]) == (3.5, 3, 0.4)
    assert entry["together"] == {"layer": "conv1", "filters": 2, "explained": 0.9, "undone": 0.8}


def test_the_class_that_other_images_are_moved_into_is_told() -> None:
    entry, _ = told()
    assert entry["drawn"] == {"name": "owl", "number": 2, "share": 0.7, "suspected": True}
    broad, _ = told({**OF_EDIT, "touched": 0.5})
    assert not broad["drawn"]["suspected"]


def test_carriers_that_the_atlas_does_not_show_are_left_out() -> None:
    entry, _ = told()
    assert entry["carriers"] == [{"layer": "conv1", "index": 0, "share": 0.9, "auc": 0.951}]


def test_layers_are_counted_over_the_filters_that_are_shown() -> None:
    entry, _ = told()
    assert entry["layers"] == [
        {"layer": "conv1", "filters": 3, "notice": 2, "less": 1, "enough": 1, "explained": 1.0}
    ]


@pytest.mark.parametrize(
    ("classes", "images", "names"),
    [
        ((), 3, ["cat", "dog", "owl"]),  # the set has as many classes as the network has scores
        ((), 2, ["class 0", "class 1", "class 2"]),  # its indices may be those of others
        (("crane", "dog", "crane"), 3, ["crane (0)", "dog", "crane (2)"]),
    ],
)
def test_classes_are_called_what_their_pages_are(
    classes: tuple[str, ...], images: int, names: list[str]
) -> None:
    entry, _ = told(classes=classes, images=images)
    found = [entry["raised"][0], entry["lowered"][0], entry["drawn"]]
    assert [each["name"] for each in found] == names


def test_examples_are_named_by_their_classes() -> None:
    entry, files = told()
    first, second = entry["examples"]
    assert (first["image"], first["before"], first["after"]) == ("a" * 12, "owl", "cat")
    assert (second["before"], second["after"]) == (None, "dog")
    assert files == {
        "edits/plain-cccccccc.webp": PLAIN.digest,
        "edits/border/n-dddddddd.webp": EDITED.digest,
    }


def test_without_pictures_nothing_is_published() -> None:
    entry, files = told(shown={})
    assert entry["examples"] == []
    assert files == {}


def test_without_scores_only_responses_are_told() -> None:
    entry, _ = told({key: OF_EDIT[key] for key in ("images", "of", "examples")})
    assert entry["logits"] == entry["carriers"] == entry["raised"] == []
    assert "changed" not in entry
    assert entry["layers"]


@pytest.mark.parametrize("lost", ["accuracy", "target", "behind"])
def test_what_is_not_known_of_scores_is_absent(lost: str) -> None:
    scores = {key: value for key, value in SCORES.items() if key != lost}
    entry, _ = told({**OF_EDIT, "scores": scores})
    gone = {"accuracy": "accuracy", "target": "target", "behind": "set_back"}[lost]
    assert gone not in entry
