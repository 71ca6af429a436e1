"""Edits on the pages of a site: their own, and those of networks, layers, filters and classes."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from convatlas.model.edit_columns import unpacked
from convatlas.site.exports.grid_js import facets, wall
from convatlas.site.pages import pages
from support.markup import written
from support.page_parts import part
from support.synthetic import synthetic_manifest
from support.synthetic_edits import EDITS, auc, with_edits
from support.synthetic_effects import with_effects

Fact = dict[str, Any]


def made(**more: Any) -> Fact:
    found = with_effects(synthetic_manifest(networks=2, layers=2, filters=8, images=20))
    return with_edits(found, **more)[0]


def rendered(manifest: Fact) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


@pytest.fixture(scope="module")
def manifest() -> Fact:
    return made()


@pytest.fixture(scope="module")
def site(manifest: Fact) -> dict[str, str]:
    return rendered(manifest)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ")


def test_the_index_has_the_edits_of_each_network_in_order_of_what_they_change(
    site: dict[str, str],
) -> None:
    for network in ("net0", "net1"):
        found = part(site["edits/index.html"], network)
        hrefs = re.findall(r'<th scope="row"><a href="\.\./edits/(\w+)/index\.html#(\w+)"', found)
        assert hrefs == [(name, network) for name in ("border", "grey", "mirror")]
        assert re.findall(r"<td>([^<]+)</td>", found)[0].replace("\u00a0", " ") == "46 %"


def test_each_edit_has_a_page_with_a_section_for_each_network(
    manifest: Fact, site: dict[str, str]
) -> None:
    for edit in manifest["edits"]:
        page = site[edit["href"]]
        for seen in edit["networks"]:
            found = part(page, seen["network"])
            first = [f"{e['layer']}/{e['index']}" for e in seen["carriers"][:24]]
            pattern = rf'href="\.\./\.\./{seen["network"]}/([^"]+)\.html">(?!\w)'
            assert re.findall(pattern, found.partition('class="sides"')[2])[:24] == first
            assert found.count("<figure>") == len(seen["examples"]) == 3
            assert f'href="{seen["network"]}.csv"' in found


def test_what_first_carriers_undo_is_told_with_caution_below_half(site: dict[str, str]) -> None:
    assert "undoes 62 %" in plain(site["edits/border/index.html"])
    assert "Less than half" not in site["edits/border/index.html"]
    assert "Less than half" in site["edits/mirror/index.html"]


def test_titles_are_escaped(site: dict[str, str]) -> None:
    for path, page in site.items():
        if path.endswith(".html"):
            assert "<border>" not in page, path


def test_a_filter_tells_what_it_notices_in_one_line(site: dict[str, str]) -> None:
    first, second = (plain(site[f"net0/features.1/{index}.html"]) for index in (4, 6))
    assert "Answers to border 0.94; colour 0.58." in first
    assert "Answers to grey 0.70; less to border 0.12;" in second


def test_a_filter_shows_what_it_turns_into(site: dict[str, str]) -> None:
    twins = part(site["net0/features.1/1.html"], "twins")
    assert 'href="2.html"' in twins
    assert "0.96 2, by mirroring" in plain(twins)
    assert part(site["net0/features.1/7.html"], "twins") == ""


def test_dead_filters_notice_nothing(manifest: Fact, site: dict[str, str]) -> None:
    for filter in manifest["networks"][0]["layers"][1]["filters"]:
        found = "../../edits/" in site[f"net0/features.1/{filter['href']}"]
        assert found == (not filter["dead"])


def test_a_class_tells_the_edits_that_move_it_from_up_to_down(
    manifest: Fact, site: dict[str, str]
) -> None:
    titles = {edit["title"]: edit for edit in manifest["edits"]}
    for entry in manifest["classes"]["net0"]:
        found = part(site[entry["href"]], "edits")
        told = re.findall(r">([^<]+)</a> <b>", found.replace("&lt;", "<").replace("&gt;", ">"))
        assert told or not found
        logits = [
            edit["networks"][0]["logits"][entry["number"]]
            for edit in titles.values()
            if abs(edit["networks"][0]["logits"][entry["number"]]) >= 0.1
        ]
        assert len(re.findall("<b>", found)) == len(logits)


def test_filters_of_a_layer_are_chosen_by_what_they_notice(manifest: Fact) -> None:
    layer = manifest["networks"][0]["layers"][1]
    found = {facet.name: facet.choices for facet in facets(layer, wall(layer))}
    living = [filter["index"] for filter in layer["filters"] if not filter["dead"]]
    noticing = sum(auc("border", index) in (94, 12) for index in living)
    assert found["notices"] == [("n-border", "border", noticing)]
    assert [choice.key for choice in found["blind-to"]] == ["b-mirror"]
    assert [choice.key for choice in found["colour_share"]] == ["0-10", "10-50", "50-100"]


def test_layer_json_has_columns_and_atlas_json_a_summary(site: dict[str, str]) -> None:
    layer = json.loads(site["net0/features.1/layer.json"])
    assert unpacked(layer["edits"]["border"])["auc"][:4] == [94, 50, 12, 61]
    assert layer["edits"]["mirror"]["twin"]["0"] == [1, 96]
    assert "edits" not in layer["filters"]
    atlas = json.loads(site["atlas.json"])
    assert [edit["name"] for edit in atlas["edits"]] == [name for name, *_ in EDITS]
    assert "edits" not in atlas["networks"][0]["layers"][1]
    told = atlas["edits"][0]["networks"][0]
    assert told["carriers"] == "edits/border/net0.csv"
    assert "logits" not in told


def test_spreadsheets_have_the_carriers_in_order(manifest: Fact, site: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(site["edits/mirror/net1.csv"])))
    carriers = manifest["edits"][1]["networks"][1]["carriers"]
    assert [(row["layer"], int(row["index"])) for row in rows] == [
        (each["layer"], each["index"]) for each in carriers
    ]
    assert (rows[0]["auc"], rows[0]["twin"]) == ("0.5", "1")
    of_layer = list(csv.DictReader(io.StringIO(site["net0/features.1/layer.csv"])))
    assert of_layer[4]["notices"] == "border"
    assert of_layer[1]["notices"] == ""


def test_a_network_without_scores_tells_responses_alone() -> None:
    site = rendered(made(scores=False))
    page = site["edits/border/index.html"]
    assert "It was shown 1,000 edited images." in page
    assert "<h3>" not in page
    assert "taken for another class" not in part(site["edits/index.html"], "net0")


def test_an_atlas_without_edits_says_nothing_of_them() -> None:
    site = rendered(synthetic_manifest(layers=2, filters=4)[0])
    assert not [path for path in site if path.startswith("edits/")]
    for path, page in site.items():
        if not path.startswith("static/"):
            assert "edit" not in page.replace("credit", ""), path
