"""The JSON files for programs: shorter than what the pages are made from, and as much."""

from __future__ import annotations

import json

import pytest

from convatlas.site.exports.layer_json import images_json, told_layer
from convatlas.ui.rounding import rounded
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def manifest() -> dict:
    return synthetic_manifest(filters=16)[0]


def test_numbers_have_five_digits() -> None:
    given = {"a": [7.833380222320557, 1.0, 3, True, None], "b": (0.1234567e-9,)}
    assert rounded(given) == {"a": [7.8334, 1.0, 3, True, None], "b": [1.2346e-10]}
    assert rounded(given, 2) == {"a": [7.8, 1.0, 3, True, None], "b": [1.2e-10]}


def test_recipes_stand_once_and_pictures_point_at_them(manifest: dict) -> None:
    layer = manifest["networks"][0]["layers"][1]
    told = told_layer(layer)
    for before, after in zip(layer["filters"], told["filters"], strict=True):
        for role in ("positive", "negative", "second"):
            made, lean = ((each["maximize"] or {}).get(role) for each in (before, after))
            if made:
                assert told["recipes"][lean["recipe"]] == rounded(made["recipe"])
                assert told["provenances"][lean["provenance"]] == made["provenance"]
    assert len(told["recipes"]) == len({json.dumps(each) for each in told["recipes"]})


def test_examples_keep_what_programs_are_promised(manifest: dict) -> None:
    layer = manifest["networks"][0]["layers"][1]
    found = [each["examples"] for each in told_layer(layer)["filters"] if each["examples"]]
    assert found
    for examples in found:
        for kind in ("top", "lowest", "range"):
            for entry in examples[kind]:
                promised = {"image", "response", "position", "box", "label", "quantile"}
                assert entry.keys() - {"drawn"} == promised
        for near in examples["nearest"]:
            assert near.keys() == {"filter", "correlation"}


def test_images_tell_the_filters_that_show_them(manifest: dict) -> None:
    images = manifest["image_sets"][0]
    told = images_json(images)["images"]
    for id, image in images["images"].items():
        listed = {
            (f"{layer}/{index}", kind)
            for layer, kinds in told[id]["excites"].items()
            for kind, indices in kinds.items()
            for index in indices
        }
        assert listed == {
            (f"{each['network']}/{each['layer']}/{each['index']}", each["kind"])
            for each in image["excites"]
        }
    assert len(json.dumps(told)) < len(json.dumps(images["images"])) / 2
