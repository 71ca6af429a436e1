"""Stages of networks, the map that is drawn of them, and what stands out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.site.pages.blocks import prefix, stages
from convatlas.site.pages.highlights import highlights, strongest
from convatlas.site.pages.network_map import TARGET, layer_map
from convatlas.ui.filter_tiles import Tiles
from support.markup import written
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("conv1", "conv1"),
        ("features.0", "features"),
        ("features.3.squeeze", "features.3"),
        ("layer1.0.downsample.0", "layer1.0"),
        ("features.denseblock1.denselayer12.conv1", "features.denseblock1"),
        ("Mixed_5b.branch1x1.conv", "Mixed_5b"),
    ],
)
def test_a_stage_is_what_the_names_of_a_block_begin_with(name: str, stage: str) -> None:
    assert prefix(name) == stage


def test_every_layer_is_in_one_stage_in_its_order() -> None:
    names = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "layer1.1.conv1", "head.last"]
    found = stages({"layers": [{"name": name} for name in names]})
    assert [(stage.name, stage.first) for stage in found] == [
        ("conv1", 0),
        ("layer1.0", 1),
        ("layer1.1.conv1", 3),
        ("head.last", 4),
    ]
    assert [layer["name"] for stage in found for layer in stage.layers] == names


def test_the_map_is_to_scale_and_can_be_pressed() -> None:
    network = synthetic_manifest(layers=4, filters=8)[0]["networks"][0]
    for layer, (side, count) in zip(
        network["layers"], [(32, 16), (8, 64), (2, 4), (None, 4)], strict=True
    ):
        layer["map"] = side and [side, side]
        layer["health"]["filters"] = count
    drawn = layer_map(network, stages(network))
    source, first, second, third, _ = drawn.blocks
    assert source.layer is None
    assert first.height / second.height == pytest.approx(2, rel=0.01)
    assert source.height / first.height == pytest.approx(2**0.5, rel=0.01)
    assert second.width / first.width == pytest.approx(2, rel=0.01)
    assert [block.side for block in drawn.blocks] == ["64", "32", "8", "2", ""]
    assert min(block.pressed for block in drawn.blocks) >= TARGET
    assert third.column + third.pressed < drawn.width


def test_the_network_page_links_every_block() -> None:
    manifest = synthetic_manifest(layers=4, filters=8)[0]
    page = written(dict(pages(manifest))["net0/index.html"])
    drawn = page.partition('<svg class="blocks"')[2].partition("</svg>")[0]
    hrefs = [f"../{layer['href']}" for layer in manifest["networks"][0]["layers"]]
    assert re.findall(r'<a href="([^"]+)"', drawn) == hrefs
    assert 'class="block unreached"' in drawn


def test_what_stands_out_is_furthest_by_each_reason() -> None:
    network = synthetic_manifest(layers=3, filters=16)[0]["networks"][0]
    odd = network["layers"][1]["filters"][2]
    odd["maximize"]["positive"]["ratio"] = 99.0
    found = {entry.why: entry for entry in strongest(network)}
    assert found["Furthest beyond every image"].filter is odd
    assert "99 times the strongest of 12 images" in found["Furthest beyond every image"].text
    assert found["Always on"].filter["index"] == 4
    assert found["Near-duplicate"].text == "Correlation 0.9957 with filter 1 of its layer."
    assert not any(entry.filter["dead"] for entry in found.values())


def test_highlights_that_were_chosen_are_the_only_ones() -> None:
    manifest = synthetic_manifest(layers=2, filters=8)[0]
    manifest["highlights"] = [{"href": "net0/features.1/2.html", "text": "An <odd> one."}]
    filters = Tiles(manifest["networks"], lambda *_: None).filters  # type: ignore[arg-type]
    (found,) = highlights(manifest, filters, 6)
    assert found.filter["index"] == 2
    page = written(dict(pages(manifest))["index.html"])
    assert '<h2 id="highlights">Highlights</h2>' in page
    assert "<p>An &lt;odd&gt; one.</p>" in page


def test_home_shows_how_to_read_by_one_filter() -> None:
    manifest = synthetic_manifest(layers=3, filters=16)[0]
    page = written(dict(pages(manifest))["index.html"])
    part = page.partition('id="reading"')[2].partition("</section>")[0]
    assert part.count("<figure>") == 3
    assert "<dt>highest response</dt><dd>26.8</dd>" in part
    wall = page.partition('class="wall mosaic"')[2].partition("</div>")[0]
    assert "<rect" not in wall
