"""From records to what the manifest says of the classes of a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from convatlas.lenses.effects.records import LAYER, NAME, PREDICTIONS
from convatlas.model.facts import ImageFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest, StoredRecord
from convatlas.site.manifest import assemble
from convatlas.ui.network_results import NetworkResults
from support.facts import ATLAS, IMAGES, NETWORK

CLASSES = ("crane", "dog", "crane", "never seen")
PREDICTED, TARGETS = [0, 1, 2, 1, 0], [0, 0, 2, 1, None]
BEHIND = [("conv1", 3, 1.5), ("gone", 0, 1.25), ("conv1", 1, 0.5)]


def records() -> RecordIndex:
    """Filter 3 of four is not chosen, and a layer that the atlas does not show is behind, too."""
    told = {
        "predicted": PREDICTED,
        "target": TARGETS,
        "lead": [1.0] * 5,
        "mistakes": [(1, BEHIND)],
    }
    layer = {
        "audit": {
            "filters": 3,
            "images": 5,
            "spearman": 0.95,
            "spearman_filters": 1.0,
            "slope": 1.0,
            "size": 0.5,
        },
        "classes": {"0": {"images": 2, "raises": [[3, 2.0], [1, 1.0]], "lowers": [[0, -1.0]]}},
        "half": 1,
    }
    items: list[tuple[str | None, str, dict[str, Any]]] = [
        (None, PREDICTIONS, told),
        ("conv1", LAYER, layer),
    ]
    return RecordIndex.of(
        (RecordRequest(item, NAME, layer, item), StoredRecord(data, {}))
        for layer, item, data in items
    )


@pytest.fixture(scope="module")
def manifest() -> Any:
    images = tuple(ImageFacts(f"image{n}", f"{n}", None, None) for n in range(5))
    results = NetworkResults(
        replace(NETWORK, classes=CLASSES),
        {"conv1": [0, 1, 2]},
        replace(IMAGES, images=images),
        records(),
    )
    return assemble(ATLAS, [results])


@pytest.fixture(scope="module")
def classes(manifest: Any) -> dict[int, Any]:
    return {entry["number"]: entry for entry in manifest["classes"][NETWORK.name]}


def test_the_classes_that_occur_have_pages_and_names_of_their_own(
    manifest: Any, classes: dict[int, Any]
) -> None:
    assert {n: entry["name"] for n, entry in classes.items()} == {
        0: "crane (0)",
        1: "dog",
        2: "crane (2)",
    }
    pages = manifest["networks"][0]["class_pages"]
    assert pages == {entry["name"]: entry["href"] for entry in classes.values()}
    assert len(set(pages.values())) == 3


def test_images_are_told_of_their_label_and_of_what_they_are_taken_for(
    classes: dict[int, Any],
) -> None:
    assert [(e["image"], e["predicted"]) for e in classes[0]["labelled"]] == [
        ("image0", 0),
        ("image1", 1),
    ]
    assert [entry["image"] for entry in classes[1]["taken"]] == ["image1"]
    assert [entry["image"] for entry in classes[0]["taken"]] == ["image4"]
    assert classes[2]["taken"] == []


def test_only_filters_that_the_atlas_shows_are_told_of(classes: dict[int, Any]) -> None:
    assert classes[0]["filters"] == [
        {"layer": "conv1", "index": 1, "logit": 1.0},
        {"layer": "conv1", "index": 0, "logit": -1.0},
    ]
    assert classes[0]["images"] == 2
    assert classes[0]["labelled"][1]["behind"] == [{"layer": "conv1", "index": 1, "logit": 0.5}]
    assert "behind" not in classes[0]["labelled"][0]
    assert "behind" not in classes[0]["taken"][0]
