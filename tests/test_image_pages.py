"""An image's page: the filters that show it, and why."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.site.tiles import MOST, OPEN
from synthetic import synthetic_manifest
from test_made_pages import part

KINDS = ("top", "lowest", "range")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return synthetic_manifest(networks=2, layers=4, filters=16, images=40)[0]


@pytest.fixture(scope="module")
def site(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: data.decode() for path, data in pages(manifest)}


def images(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return list(manifest["image_sets"][0]["images"].values())


def linked(text: str) -> list[str]:
    return re.findall(r'href="\.\./\.\./(net\d/[^"]+/\d+\.html)"', text)


def live(entries: list[dict[str, Any]], kind: str) -> set[str]:
    return {
        entry["href"]
        for entry in entries
        if entry["kind"] == kind and int(entry["href"].split("/")[2].split(".")[0]) % 8 != 3
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_live_filters_that_show_an_image_are_grouped_by_why(
    manifest: dict[str, Any], site: dict[str, str], kind: str
) -> None:
    shown = set()
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        links = linked(part(page, kind))
        assert set(links) == live(image["excites"], kind)
        assert len(links) == len(set(links))
        assert links == sorted(links, key=lambda href: href.rpartition("/")[0])  # by layer
        shown |= set(links)
    assert shown


def test_what_was_drawn_at_random_every_filter_shows_and_is_told_once(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    drawn = [image for image in images(manifest) if image["drawn"]]
    assert len(drawn) == 3
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        assert ("It was drawn at random: every filter shows it" in page) == image["drawn"]


def test_the_highest_of_a_range_is_not_told_twice(manifest: dict[str, Any]) -> None:
    filter = manifest["networks"][0]["layers"][0]["filters"][0]
    highest = filter["examples"]["range"][0]["image"]
    image = manifest["image_sets"][0]["images"][highest]
    kinds = [e["kind"] for e in image["excites"] if e["href"] == "net0/features.0/0.html"]
    assert kinds == ["top"]


def test_many_weaker_filters_are_shown_on_demand() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=104, images=40, made=8)
    site = {path: data.decode() for path, data in pages(manifest)}
    folded = []
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        assert "<details>" not in part(page, "top")
        many = len(live(image["excites"], "lowest")) > OPEN
        assert ("<details>" in part(page, "lowest")) == many
        folded.append(many)
    assert any(folded)
    assert not all(folded)


def test_of_very_many_filters_of_a_layer_the_strongest_are_shown() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=200, images=9, made=8)
    site = {path: data.decode() for path, data in pages(manifest)}
    image = images(manifest)[0]
    top = part(site[f"images/photos/{image['id']}.html"], "top")
    entries = [entry for entry in image["excites"] if entry["href"] in live([entry], "top")]
    assert len(linked(top)) == MOST < len(entries)
    assert f"{len(entries) - MOST} more filters of the layer show it." in top
    shown = {entry["href"]: abs(entry["response"]) for entry in entries}
    least = min(shown[href] for href in linked(top))
    assert all(value <= least for href, value in shown.items() if href not in linked(top))
    assert (
        f"among the strongest images of {len(entries)} filters"
        in (site[f"images/photos/{image['id']}.html"])
    )


def test_an_image_that_excites_nothing_says_so() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1, images=40)
    site = {path: data.decode() for path, data in pages(manifest)}
    image = next(
        image
        for image in images(manifest)
        if not any(entry["kind"] == "top" for entry in image["excites"])
    )
    assert "None." in part(site[f"images/photos/{image['id']}.html"], "top")
