"""The page of two networks side by side, and the links to it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convatlas.site.compared import most_changed
from convatlas.site.pages import pages
from support.gathered_pages import as_layers
from support.made_up_comparison import with_comparison
from support.markup import written
from support.page_parts import part
from support.synthetic import synthetic_manifest

PAGE = "compare/net0--net1/index.html"
TILE = re.compile(
    r'<li><div><a href="\.\./\.\./net0/([\w.]+)/(\d+)\.html" aria-label="([^"]+), before'
    r'(?:: dead)?">(.*?)</a>'
    r'<a href="\.\./\.\./net1/([\w.]+)/(\d+)\.html" aria-label="([^"]+), after'
    r'(?:: dead)?">(.*?)</a></div>'
    r"<p>(.*?)</p></li>",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return with_comparison(synthetic_manifest(networks=2, layers=4, filters=16))[0]


@pytest.fixture(scope="module")
def site(manifest: dict[str, Any]) -> dict[str, str]:
    return published(manifest)


def published(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def ranked(manifest: dict[str, Any]) -> list[tuple[str, int, float]]:
    """All pairs by brute force: layer, filter and change, the most changed first."""
    told = manifest["compare"]["pairs"][0]
    found = [
        (layers["after"], pair["after"]["index"], pair["change"])
        for layers in told["layers"]
        for pair in layers["pairs"]
    ]
    return sorted(found, key=lambda each: -each[2])


def test_above_them_are_the_most_alike_where_partners_were_sought(site: dict[str, str]) -> None:
    told = with_comparison(synthetic_manifest(networks=2, layers=4, filters=16), "correlation")[0]
    page = published(told)[PAGE]
    tiles = TILE.findall(part(page, "alike"))
    assert page.index('id="alike"') < page.index('id="most"')
    layers = told["compare"]["pairs"][0]["layers"][1:]
    best = [
        max(
            (pair["correlation"] or 0, pair["after"]["index"])
            for pair in each["pairs"]
            if pair["mutual"]
        )
        for each in layers
    ]
    assert [(tile[4], int(tile[5])) for tile in tiles] == [
        (each["after"], index) for each, (_, index) in zip(layers, best, strict=True)
    ]
    assert 'id="alike"' not in site[PAGE]


def test_the_most_changed_pairs_of_all_layers_stand_at_its_top(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    tiles = TILE.findall(part(site[PAGE], "most"))
    assert [(tile[4], int(tile[5])) for tile in tiles] == [
        (layer, index) for layer, index, _ in ranked(manifest)[:24]
    ]
    assert all(tile[1] == tile[5] for tile in tiles)
    assert [tile[8].partition("</b>")[2].split("<small>")[0].strip() for tile in tiles[:9]] == (
        ["died", "born"] * 4 + ["correlation 0.62"]
    )


def test_filters_that_died_leave_half_of_the_places_to_others() -> None:
    manifest, _ = with_comparison(synthetic_manifest(networks=2, layers=6, filters=16))
    comparison = manifest["compare"]["pairs"][0]
    gone = sum(each == 2 for _, _, each in ranked(manifest))
    assert gone > 12
    for most, dead in ((24, 12), (6, 3), (1000, gone)):
        changes = [pair["change"] for _, pair in most_changed(comparison, most)]
        assert changes == sorted(changes, reverse=True)
        assert sum(change == 2 for change in changes) == dead


def test_each_pair_has_a_picture_of_both(manifest: dict[str, Any], site: dict[str, str]) -> None:
    tile = TILE.findall(part(site[PAGE], "most"))[8]
    for network, layer, index, face in ((0, *tile[:2], tile[3]), (1, *tile[4:6], tile[7])):
        own = manifest["networks"][network]["layers"][int(layer[-1])]
        picture = own["filters"][int(index)]["maximize"]["positive"]["picture"]["file"]
        assert f"net{network}/{layer}/{picture}" in face


def test_pairs_that_did_not_change_are_not_among_them() -> None:
    manifest, _ = with_comparison(synthetic_manifest(networks=2, layers=2, filters=8))
    (layers,) = [each for each in manifest["compare"]["pairs"][0]["layers"] if each["pairs"]]
    for pair in layers["pairs"][2:]:
        pair["change"] = 0.0
    page = published(manifest)[PAGE]
    assert len(TILE.findall(part(page, "most"))) == 2
    assert part(page, "layers").count(", after") == 2


def test_layers_stand_in_their_order_with_their_numbers(site: dict[str, str]) -> None:
    rows = part(site[PAGE], "layers").split("<li><div>")[1:]
    assert [re.findall(r'<a class="mono" href="([^"]+)">', row)[0] for row in rows] == [
        "../../compare/net0--net1/features.1.html",
        "../../compare/net0--net1/features.2.html",
    ]
    assert (
        '<meter min="0" max="1" value="0.8" aria-label="CKA of features.1"></meter> 0.8' in rows[0]
    )
    assert 'value="0.825" aria-label="median correlation of features.1"' in rows[0]
    assert "7 of 16 filters changed; <b>2 died</b>; <b>2 born</b>; 1 dead before" in rows[0]
    assert "without a partner" not in rows[0]
    assert "2 filters without a partner" in rows[1]
    assert all(row.count(", after") == 6 for row in rows)


def test_what_is_unchanged_is_said_once_and_shown_never(site: dict[str, str]) -> None:
    assert "The first layer is unchanged: " in part(site[PAGE], "layers")
    main = site[PAGE].partition("<main")[2]
    assert "features.0" not in main


def test_layers_without_a_partner_are_listed(site: dict[str, str]) -> None:
    found = part(site[PAGE], "layers")
    for network in ("net0", "net1"):
        link = f'<a class="mono" href="../../{network}/features.3/index.html">features.3</a>'
        assert f"Layers of {network} without a partner: {link}." in found


def test_what_was_expected_is_held_against_what_was_found(site: dict[str, str]) -> None:
    assert '<span class="verdict no">died 0</span> fails: it is 1</li>' in site[PAGE]
    assert '<span class="verdict yes">median_correlation &gt;= 0.5</span> holds' in site[PAGE]
    assert "fails: it is unknown" in site[PAGE]


def test_home_networks_help_and_atlas_json_lead_to_it(site: dict[str, str]) -> None:
    for path, root in (("index.html", ""), ("net0/index.html", "../"), ("net1/index.html", "../")):
        found = part(site[path], "compared")
        assert f'<a href="{root}{PAGE}">net0 → net1</a>' in found
        assert "13 of 47 filters changed" in found
    assert f'<a href="../{PAGE}">comparison</a>' in site["help/index.html"]
    (told,) = json.loads(site["atlas.json"])["compare"]["pairs"]
    assert told["href"] == PAGE
    assert "layers" not in told


def test_an_atlas_that_compares_nothing_has_none_of_it() -> None:
    site = published(synthetic_manifest(layers=1, filters=1)[0])
    assert not [path for path in site if path.startswith("compare/")]
    assert not any(">Before and after<" in text for text in site.values())
    assert "compare" not in json.loads(site["atlas.json"])


def test_a_timeline_leads_on_from_home_and_from_each_of_its_networks() -> None:
    manifest, _ = with_comparison(synthetic_manifest(networks=3, layers=2, filters=2))
    site = published(manifest)
    assert "compare/net1--net2/index.html" in site
    link = '<a href="compare/net0--net2/timeline.html">net0 → net1 → net2, over time</a>'
    assert link in site["index.html"]
    found = part(site["net1/index.html"], "compared")
    assert "net0--net2/timeline.html" in found
    assert "net1--net2/index.html" in found
    assert "net0--net2/index.html" not in found


def test_where_filters_share_pages_pairs_lead_to_their_place() -> None:
    manifest, read = with_comparison(synthetic_manifest(networks=2, layers=2, sprites=True))
    found = {path: written(data) for path, data in pages(as_layers(manifest), None, read)}
    page = part(found[PAGE], "most")
    assert 'href="../../net1/features.1/filters-0.html#4"' in page
    assert "sprite-made" in page
