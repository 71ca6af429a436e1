"""The pages of probes: all filters, the strongest side by side, and the ways between pages."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from convatlas.lenses.probes.reports import MOST_BYTES
from convatlas.site.check.check import check
from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return synthetic_manifest(networks=2, layers=4, filters=40, images=4, probes=3)[0]


@pytest.fixture(scope="module")
def site(told: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(told)}


def section(page: str, layer: str) -> str:
    return page.partition(f'aria-labelledby="{layer}"')[2].partition("</section>")[0]


def test_each_probe_has_its_pages_and_data(told: dict[str, Any], site: dict[str, str]) -> None:
    expected = {"probes/index.html"}
    for probe in told["probes"]:
        expected.add(probe["href"])
        for seen in probe["networks"]:
            expected |= {seen["href"], seen["href"].replace("index.html", "probe.json")}
    assert {path for path in site if path.startswith("probes/")} == expected
    data = json.loads(site["probes/probe1/net0/probe.json"])
    seen = told["probes"][1]["networks"][0]
    assert data["name"] == "a street & <houses>"
    assert data["layers"] == seen["layers"]


def test_atlas_json_lists_probes_without_their_numbers(site: dict[str, str]) -> None:
    probe = json.loads(site["atlas.json"])["probes"][0]
    assert probe["name"] == "goldfish"
    assert probe["networks"][0] == {
        "network": "net0",
        "href": "probes/probe0/net0/index.html",
        "data": "probes/probe0/net0/probe.json",
        "layers": ["features.0", "features.1", "features.2"],
    }


def test_every_filter_of_a_layer_has_one_link_among_the_maps(site: dict[str, str]) -> None:
    page = section(site["probes/probe0/net0/index.html"], "features.1")
    wall = page.partition('class="maps"')[2].partition("<h3>")[0]
    links = re.findall(r'<a href="\.\./\.\./\.\./net0/features\.1/(\d+)\.html">(\d+)</a>', wall)
    assert links == [(str(index), str(index)) for index in range(40)]
    rows = re.findall(r"<div>((?:<a.*?</a>|<i></i>)+)</div>", wall)
    assert [len(re.findall("<a|<i", row)) for row in rows] == [12] * 4
    assert wall.count('loading="lazy"') == 1


def test_a_tile_takes_few_bytes() -> None:
    told, _ = synthetic_manifest(layers=1, filters=512, images=1, top=1, made=8, probes=1)
    site = {path: written(data) for path, data in pages(told)}
    wall = site["probes/probe0/net0/index.html"].partition('class="maps"')[2]
    assert len(wall.partition("<h3>")[0]) < 70 * 512


def test_the_order_by_strength_is_that_of_the_means(
    told: dict[str, Any], site: dict[str, str]
) -> None:
    page = section(site["probes/probe0/net0/index.html"], "features.1")
    found = re.search(r'data-order="([^"]*)"', page)
    assert found
    order = [int(index) for index in found[1].split()]
    layer = told["probes"][0]["networks"][0]["layers"][1]
    assert sorted(order) == list(range(40))
    assert [layer["means"][index] for index in order] == sorted(layer["means"], reverse=True)
    assert order[:15] == [entry["index"] for entry in layer["top"]]


def test_the_strongest_filters_stand_side_by_side_with_what_made_them_answer(
    told: dict[str, Any], site: dict[str, str]
) -> None:
    page = section(site["probes/probe0/net0/index.html"], "features.1")
    cards = re.findall(r"<li>(.*?)</li>", page.partition('class="cards')[2], re.DOTALL)
    layer = told["probes"][0]["networks"][0]["layers"][1]
    assert len(cards) == 15
    for place, (card, entry) in enumerate(zip(cards, layer["top"], strict=True)):
        assert f'href="../../../net0/features.1/{entry["index"]}.html"' in card
        assert f"<b>{entry['index']}</b> mean" in card
        left, top = (entry["window"][side] for side in ("left", "top"))
        assert f'viewBox="{left} {top} ' in card
        row, column = divmod(entry["index"], 12)
        high, wide = layer["maps"]["tile"]
        cut = f'viewBox="{column * wide} {row * high} {wide} {high}"><use href="#features.1-maps"/>'
        assert cut in card
        for method in ("deconvnet", "guided", "gradient"):
            assert f'viewBox="{place * 48} 0 48 48"><use href="#features.1-{method}"/>' in card
    ids = re.findall(r'<image id="(features.1-\w+)"', page)
    assert ids == [f"features.1-{name}" for name in ("maps", "deconvnet", "guided", "gradient")]


def test_tiles_that_are_no_squares_show_nothing_of_their_neighbours() -> None:
    told, _ = synthetic_manifest(size=(32, 64), layers=1, filters=13, images=1, probes=3)
    site = {path: written(data) for path, data in pages(told)}
    cut = (  # stretched over the probe, and cut to its own tile
        '<svg class="px" width="64" height="32" preserveAspectRatio="none"'
        ' viewBox="{0} {1} 32 16"><use href="#{2}-maps"/></svg>'
    )
    page, name = site["probes/probe0/net0/index.html"], "features.0"
    for index in (0, 12):
        row, column = divmod(index, 12)
        assert cut.format(32 * column, 16 * row, name) in page
    whole = '<svg x="0" y="0" width="64" height="32" viewBox="0 0 64 32"><use href="#probe"/>'
    assert whole in site["probes/probe1/net0/index.html"]


def test_few_filters_have_no_more_heads_than_cards() -> None:
    told, _ = synthetic_manifest(layers=1, filters=1, images=1, probes=1)
    page = {path: written(data) for path, data in pages(told)}["probes/probe0/net0/index.html"]
    assert page.count("<span>filter</span>") == 1


def test_methods_that_are_the_same_are_shown_once(site: dict[str, str]) -> None:
    page = section(site["probes/probe0/net0/index.html"], "features.0")
    assert "the three methods are the same here, and shown once" in page
    assert "#features.0-gradient" in page
    assert "#features.0-guided" not in page
    assert "shown once" not in section(site["probes/probe0/net0/index.html"], "features.1")


def test_one_can_walk_from_probe_to_probe_and_network_to_network(site: dict[str, str]) -> None:
    page = site["probes/probe1/net0/index.html"]
    assert 'rel="prev" href="../../../probes/probe0/net0/index.html"' in page
    assert 'rel="next" href="../../../probes/probe2/net0/index.html"' in page
    assert '<a href="../../../probes/probe1/net1/index.html">net1</a>' in page
    assert '<a href="../../../net0/index.html">' in page
    up = '<a href="../index.html" rel="up">'
    assert f"{up}a street &amp; &lt;houses&gt;</a>" in page
    assert re.search(r'<a class="mono" href="#features.2">', page)
    assert 'rel="prev"' not in site["probes/probe0/net0/index.html"]


def test_the_prediction_is_told_with_names_and_bars(site: dict[str, str]) -> None:
    page = site["probes/probe0/net0/index.html"]
    assert 'meter value="0.951" aria-label="share of class &lt;0&gt;"' in page
    assert ">class 3</th>" in page
    assert "class &lt;0&gt;, 95" in site["probes/index.html"]


def test_a_network_that_predicts_no_classes_says_so(told: dict[str, Any]) -> None:
    seen = {**told["probes"][0]["networks"][0], "prediction": None}
    probe = {**told["probes"][0], "networks": [seen]}
    site = {path: written(data) for path, data in pages({**told, "probes": [probe]})}
    assert "is not one number for each class" in site["probes/probe0/net0/index.html"]


def test_other_pages_lead_to_probes(told: dict[str, Any], site: dict[str, str]) -> None:
    entry = told["probes"][0]["networks"][0]["layers"][1]["top"][1]
    page = site[entry["href"]]
    link = '<a href="../../probes/probe0/net0/index.html#features.1">goldfish</a> (2nd)'
    assert "Among the strongest of its layer for the probes:" in page
    assert link in page
    assert 'href="probes/probe1/index.html"' in site["index.html"]
    assert 'href="../probes/probe1/net1/index.html"' in site["net1/index.html"]
    assert "Springenberg" in site["about/index.html"]
    weak = min(range(40), key=told["probes"][0]["networks"][0]["layers"][1]["means"].__getitem__)
    assert "probe0/net0" not in site[f"net0/features.1/{weak}.html"]


def put_picture(folder: Path, name: str, size: int) -> None:
    """Write a file of that many bytes whose name has their digest."""
    data = bytes(size)
    mark = hashlib.sha256(data).hexdigest()[:12]
    (folder / f"{name}-{mark}.webp").write_bytes(data)


def test_the_check_names_the_layer_that_makes_a_page_too_large(tmp_path: Any) -> None:
    folder = tmp_path / "probes" / "fish" / "net"
    folder.mkdir(parents=True)
    (tmp_path / "index.html").write_text("<p>")
    (folder / "index.html").write_text("<p>")
    put_picture(folder, "features.0-maps", MOST_BYTES // 2)
    put_picture(folder, "features.1-maps", MOST_BYTES // 4)
    put_picture(folder, "features.1-guided", MOST_BYTES // 4 - 3)
    assert check(tmp_path).findings == ()
    put_picture(folder, "features.1-gradient", 9)
    (finding,) = check(tmp_path).findings
    assert finding.startswith("probes/fish/net/index.html: 3.0 MB with its pictures, more than 3")
    assert finding.endswith("features.1 takes 1500 KB; choose fewer `layers:` for the probe")
    assert check(tmp_path).sizes["probes"] == MOST_BYTES + 9
