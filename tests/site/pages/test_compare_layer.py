"""The wall of all pairs of a layer, and what its script reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.site.pages.compare_layer import STILL
from support.made_up_comparison import with_comparison
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects

PAGE = "compare/net0--net1/features.2.html"
TILE = re.compile(
    r'<div><a href="\.\./\.\./net0/features\.2/(\d+)\.html" aria-label="\1 before'
    r'(?:: dead)?">.*?</a>'
    r'<a href="\.\./\.\./net1/features\.2/(\d+)\.html" aria-label="\2 after(?:: dead)?">.*?</a>'
    r"<p><b>(.*?)</b> (.*?)<small>(.*?)</small></p></div>"
)


def made(match: str = "index") -> tuple[dict[str, Any], dict[str, str]]:
    manifest = synthetic_manifest(networks=2, layers=4, filters=16)
    told, _ = with_comparison(with_effects(manifest), match)
    return told, {path: written(data) for path, data in pages(told)}


@pytest.fixture(scope="module")
def manifest_and_site() -> tuple[dict[str, Any], dict[str, str]]:
    return made()


@pytest.fixture(scope="module")
def layers(manifest_and_site: tuple[dict[str, Any], dict[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = manifest_and_site[0]["compare"]["pairs"][0]["layers"][2]
    return found


@pytest.fixture(scope="module")
def site(manifest_and_site: tuple[dict[str, Any], dict[str, str]]) -> dict[str, str]:
    return manifest_and_site[1]


def grid(site: dict[str, str]) -> dict[str, Any]:
    text = site[PAGE.replace(".html", ".js")]
    told: dict[str, Any] = json.loads(re.sub(r"^ATLAS\.put\([^,]*,|\);\n$", "", text))
    return told


def test_pairs_stand_there_the_most_changed_first(
    layers: dict[str, Any], site: dict[str, str]
) -> None:
    tiles = TILE.findall(site[PAGE])
    pairs = layers["pairs"][:STILL]
    assert [int(tile[1]) for tile in tiles] == [pair["after"]["index"] for pair in pairs]
    assert len(tiles) == STILL < len(layers["pairs"]) == 15


def test_all_numbers_of_a_pair_are_in_its_tile(site: dict[str, str]) -> None:
    tiles = {int(tile[1]): tile for tile in TILE.findall(site[PAGE])}
    assert tiles[10][2:] == (
        "10",
        "0.75",
        "kernel 0.71 × 1.2, kept 9 of 9, bannister → cassette, effect 0.12",
    )
    assert tiles[3][3] == "died"
    assert tiles[3][4].startswith("kernel 0.71 × 1.2, kept –, bannister → none, effect 0.1")
    assert tiles[14][4].endswith("bannister → cassette, effect 0.13")


def test_a_pair_of_two_places_tells_both() -> None:
    tiles = TILE.findall(made("correlation")[1][PAGE])
    assert {(tile[0], tile[1], tile[2]) for tile in tiles} >= {("2", "3", "2 → 3")}
    told = grid(made("correlation")[1])
    assert dict(zip(told["partners"], told["indices"], strict=True))[2] == 3


def test_filters_without_a_partner_are_listed(site: dict[str, str]) -> None:
    for network in ("net0", "net1"):
        link = f'<a href="../../{network}/features.2/15.html">15</a>'
        assert f"Filters of {network} without a partner: {link}." in site[PAGE]
    assert "without a partner" not in site["compare/net0--net1/features.1.html"]


def test_unchanged_layers_have_no_page_and_are_no_neighbours(site: dict[str, str]) -> None:
    assert "compare/net0--net1/features.0.html" not in site
    first = site["compare/net0--net1/features.1.html"]
    assert 'rel="prev"' not in first
    assert 'rel="next" href="../../compare/net0--net1/features.2.html"' in first


def states_of(told: dict[str, Any]) -> list[str]:
    """The states of each pair, as the script reads them."""
    return [told["states"][kind] for kind in told["kinds"]]


def about(values: Iterable[float | None]) -> list[Any]:
    """The values to two digits."""
    return [value if value is None else pytest.approx(value, rel=0.05) for value in values]


def test_the_script_knows_all_pairs(layers: dict[str, Any], site: dict[str, str]) -> None:
    told = grid(site)
    pairs = layers["pairs"]
    assert told["sides"] == ["net0/features.2/", "net1/features.2/"]
    assert told["indices"] == [pair["after"]["index"] for pair in pairs]
    assert told["partners"] == []  # the same
    for key in ("correlation", "cosine", "norm", "kept"):
        assert told["keys"][key] == about(pair[key] for pair in pairs)
    for side, name in enumerate(("before", "after")):
        best = [place >= 0 and told["classes"][place] for place in told["best"][side]]
        assert best == [bool(pair[name]["best"]) and pair[name]["best"][0] for pair in pairs]
    assert told["of"] == [9]


def test_that_there_are_more_is_told(site: dict[str, str]) -> None:
    assert "15 pairs of filters" in site[PAGE]
    assert f"These are the {STILL} most changed" in site[PAGE]
    assert ".html" not in site[PAGE.replace(".html", ".js")]  # the script has addresses elsewhere


def test_pairs_can_be_chosen_by_what_became_of_them(
    layers: dict[str, Any], site: dict[str, str]
) -> None:
    states = dict(zip(grid(site)["indices"], states_of(grid(site)), strict=True))
    assert states[3] == "changed died"
    assert states[12] == "changed born"
    assert states[14] == "changed class"
    assert states[1] == "class"
    assert states[0] == ""
    low = [pair["after"]["index"] for pair in layers["pairs"] if (pair["correlation"] or 1) < 0.9]
    assert {index for index, told in states.items() if "changed" in told} == {*low, 3, 11, 4, 12}
    assert f'data-name="changed">changed ({len(low) + 4})</option>' in site[PAGE]
    assert "most similar" not in site[PAGE].partition("<form")[2]


def options(site: dict[str, str], field: str) -> list[tuple[str, str]]:
    """Value and text of what a field of the form offers, of those that a script makes two of."""
    [menu] = re.findall(f'both"><span>[^<]*</span><select name="{field}".*?</select>', site[PAGE])
    found = re.findall(r'<option(?: value="([^"]*)")?>([^<]*)</option>', menu)
    return [(value or text, text) for value, text in found[1:]]


def test_either_filter_can_be_asked_for_what_its_layer_is_asked_for() -> None:
    """What only the filters after are like is offered too, in the order of the layer's page."""
    manifest, _ = with_comparison(
        with_effects(synthetic_manifest(networks=2, layers=4, filters=16, sprites=True))
    )
    sides = [network["layers"][2]["filters"] for network in manifest["networks"]]
    for filter in chain(*sides):
        filter["hue"] = None if filter["hue"] is None else 0
    sides[1][0]["hue"] = 240
    site = {path: written(data) for path, data in pages(manifest)}
    assert [text for _, text in options(site, "hue")] == ["red", "blue", "grey"]
    assert ("dead", "dead") in options(site, "state")
    assert ("1-10", "1 to 10 %") in options(site, "share")
    assert 'both"><span>best class</span><input name="class" list="classes"' in site[PAGE]


def test_pairs_can_be_sorted_by_what_their_filters_can(site: dict[str, str]) -> None:
    [grown] = re.findall('<optgroup label="growth of">(.*?)</optgroup>', site[PAGE])
    names = re.findall('value="([^"]*)"', grown)
    assert names == ["highest", "effect", "importance", "ratio", "selectivity", "share"]


def test_where_partners_were_sought_pairs_can_be_chosen_by_whether_they_agree() -> None:
    manifest, site = made("correlation")
    pairs = manifest["compare"]["pairs"][0]["layers"][2]["pairs"]
    mutual = sum(pair["mutual"] for pair in pairs)
    assert (
        f'data-name="each other’s most similar">each other’s most similar ({mutual})<'
        in (site[PAGE])
    )
    assert sum("single" in told.split() for told in states_of(grid(site))) == len(pairs) - mutual


def test_numbers_that_no_pair_has_are_no_order() -> None:
    manifest, _ = with_comparison(synthetic_manifest(networks=2, layers=3, filters=4))
    for pair in manifest["compare"]["pairs"][0]["layers"][1]["pairs"]:
        pair["cosine"] = pair["norm"] = None
    site = {path: written(data) for path, data in pages(manifest)}
    page = site["compare/net0--net1/features.1.html"]
    assert '<option value="correlation">' in page
    assert '<option value="cosine">' not in page
