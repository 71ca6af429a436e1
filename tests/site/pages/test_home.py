"""The home page: the filter by which it explains how to read the atlas."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest

LAYER = 2  # of the three, at two thirds of the way


@pytest.fixture
def manifest() -> dict[str, Any]:
    manifest, _ = synthetic_manifest(layers=3, filters=16)
    for filter in living(manifest):
        filter["examples"]["mean_highest"] = filter["examples"]["top"][0]["response"] - 2.0
        filter["examples"]["std_highest"] = 1.0
        filter["maximize"]["positive"]["ratio"] = 1.5
    return manifest


def living(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    filters = manifest["networks"][0]["layers"][LAYER]["filters"]
    return [filter for filter in filters if not filter["dead"] and filter["maximize"]]


def explained(manifest: dict[str, Any]) -> int:
    home = next(written(data) for path, data in pages(manifest) if path == "index.html")
    reading = home.partition('id="reading"')[2].partition("</section>")[0]
    return int(re.findall(rf'href="net0/features\.{LAYER}/(\d+)\.html"', reading)[0])


def test_it_is_the_filter_whose_strongest_image_is_furthest_beyond_a_typical_one(
    manifest: dict[str, Any],
) -> None:
    chosen = living(manifest)[4]
    chosen["examples"]["mean_highest"] -= 1.0
    assert explained(manifest) == chosen["index"]


def test_it_is_none_whose_picture_does_not_beat_the_images(manifest: dict[str, Any]) -> None:
    failed, second = living(manifest)[4], living(manifest)[2]
    failed["examples"]["mean_highest"] -= 9.0
    failed["maximize"]["positive"]["ratio"] = 0.9
    second["examples"]["mean_highest"] -= 1.0
    assert explained(manifest) == second["index"]


def test_a_filter_that_answers_to_all_images_alike_stands_out_by_nothing(
    manifest: dict[str, Any],
) -> None:
    alike, chosen = living(manifest)[1], living(manifest)[3]
    alike["examples"]["std_highest"] = 0.0
    chosen["examples"]["mean_highest"] -= 0.5
    assert explained(manifest) == chosen["index"]
