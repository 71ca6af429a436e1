"""A layer's health from its filters, and how pages tell of it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from convatlas.site.health import health, total
from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]


def filter_of(
    highest: float | None, share: float = 0.5, std: float = 1.0, dead: bool | None = False
) -> Fact:
    """A filter as the manifest tells it; without ``highest`` no image tells of it."""
    bounds = {"highest": highest, "lowest": -1.0}
    examples = {"bounds": bounds, "share_positions": share, "images": 11, "shown": 24}
    known = {**examples, "std": std} if highest is not None else None
    return {"dead": dead if known else None, "maximize": None, "examples": known}


LIVE = filter_of(8.0, 0.25, 2.0)
CONSTANT = filter_of(-1.0, 0.0, 0.0, dead=True)
ALWAYS = filter_of(3.0, 0.9995, 1.0)
NEVER = filter_of(-0.5, 0.0, 4.0)  # a made picture gets it above zero
UNKNOWN = filter_of(None)


def test_a_layer_whose_answer_is_known() -> None:
    found = health(True, [LIVE, CONSTANT, ALWAYS, NEVER, LIVE], [[0, 4, 1.0]])
    assert found == {
        "filters": 5,
        "dead": 1,
        "passed": 0,
        "failed": 0,
        "median_ratio": None,
        "attempts": None,
        "never": 2,
        "always": 1,
        "duplicates": [[0, 4, 1.0]],
        "reach": {"images": 11, "of": 24},
        "scale": {"low": pytest.approx(0.2), "median": 2.0, "high": pytest.approx(3.6)},
        "shares": {
            "edges": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            "counts": [2, 0, 2, 0, 0, 0, 0, 0, 0, 1],
        },
    }


def test_how_often_a_filter_is_above_zero_matters_only_where_that_is_cut_off() -> None:
    found = health(False, [LIVE, CONSTANT, ALWAYS, NEVER], [])
    assert (found["never"], found["always"], found["shares"]) == (None, None, None)
    assert found["scale"]["median"] == 1.5
    assert found["duplicates"] == []


def test_what_images_do_not_tell_of_every_filter_is_unknown() -> None:
    found = health(True, [LIVE, UNKNOWN], None)
    unknown = ("dead", "never", "always", "duplicates", "scale", "shares")
    assert [found[name] for name in unknown] == [None] * 6
    assert found["filters"] == 2
    assert health(True, [], None)["scale"] is None


def test_nothing_the_matter_is_no_unknown() -> None:
    found = health(True, [LIVE, LIVE], [])
    assert (found["dead"], found["never"], found["always"]) == (0, 0, 0)


@pytest.mark.parametrize(("share", "counted"), [(0.999, 1), (1.0, 1), (0.9989, 0)])
def test_always_is_from_999_of_1000_positions_on(share: float, counted: int) -> None:
    assert health(True, [filter_of(1.0, share)], None)["always"] == counted


@pytest.mark.parametrize("share", [0.0, 0.099, 0.1, 0.3, 0.7, 0.999, 1.0])
def test_each_share_is_counted_in_its_tenth(share: float) -> None:
    found = health(True, [filter_of(1.0, share)], None)["shares"]
    (place,) = [n for n, count in enumerate(found["counts"]) if count]
    assert found["edges"][place] <= share <= found["edges"][place + 1]


def test_a_network_is_the_sum_of_its_layers_as_far_as_they_know() -> None:
    layers = [
        {"health": health(True, [LIVE, CONSTANT, ALWAYS], [[0, 2, 0.99]])},
        {"health": health(False, [LIVE, NEVER], [])},
        {"health": health(True, [UNKNOWN], None)},
    ]
    assert total(layers) == {
        "filters": 6,
        "passed": 0,
        "failed": 0,
        "dead": 1,
        "never": 1,
        "always": 1,
        "duplicates": 1,
    }
    assert total(layers[2:])["dead"] is None
    assert total(layers[2:])["duplicates"] is None


def sick(filters: int = 16, pairs: int = 2) -> Fact:
    """A synthetic network; 3 and 11 are dead in each layer, 9 silent, 4 and 12 always on."""
    manifest, _ = synthetic_manifest(layers=3, filters=filters)
    network = manifest["networks"][0]
    for layer in network["layers"]:
        for filter in layer["filters"]:
            index = filter["index"]
            seen = {"share_positions": 1.0 if index % 8 == 4 else 0.3, "std": 1.0 + index}
            filter["examples"] = {**layer["filters"][0]["examples"], **seen}
            filter["dead"] = index % 8 == 3
            if index == 9 or filter["dead"]:
                filter["examples"]["bounds"] = {"highest": -0.25, "lowest": -1.0}
        doubles = [[n, n + 1, 0.9957] for n in range(pairs)]
        layer["health"] = health(layer["rectified"], layer["filters"], doubles)
    network["health"] = total(network["layers"])
    return manifest


def page_of(manifest: Fact, path: str) -> str:
    """A page without line breaks, in which entities are letters."""
    found = next(written(data) for name, data in pages(manifest) if name == path)
    return html.unescape(re.sub(r"\s+", " ", found))


def linked(page: str, before: str) -> list[int]:
    """The filters that are linked in the paragraph with these words."""
    (part,) = re.findall(f"<p [^>]*>{re.escape(before)}.*?</p>", page)
    return [int(index) for index in re.findall(r'href="(\d+)\.html"', part)]


@pytest.fixture(scope="module")
def layer() -> str:
    return page_of(sick(), "net0/features.0/index.html")


def test_a_layer_names_the_filters_with_something_the_matter(layer: str) -> None:
    assert linked(layer, "Dead") == [3, 11]
    assert linked(layer, "Never above zero for any image") == [9]
    assert linked(layer, "Always on") == [4, 12]
    assert linked(layer, "Near-duplicates") == [0, 1, 1, 2]
    assert ">1</a> and <a" not in layer.partition("Near-duplicates")[0]
    assert "(0.9957)" in layer


def test_a_layer_tells_its_health_in_numbers(layer: str) -> None:
    facts = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", layer))
    assert facts["dead"] == "2"
    assert facts["never above zero"] == "3"
    assert facts["always on"] == "2"
    assert facts["near-duplicate pairs"] == "2"
    assert facts["response scale"] == "8.5 (1.8–15)"


def test_a_layer_draws_how_often_its_filters_are_above_zero(layer: str) -> None:
    (chart,) = re.findall(r'<figure class="shares">.*?</figure>', layer)
    assert "never to always: 0, 0, 0, 14, 0, 0, 0, 0, 0, 2" in chart
    heights = [int(high) for high in re.findall(r'<rect [^>]*height="(\d+)"', chart)]
    assert heights == [64, 9]
    assert ">14</text>" in chart


def test_where_nothing_is_the_matter_nothing_is_said() -> None:
    manifest = sick(filters=2, pairs=0)
    manifest["networks"][0]["layers"][0]["rectified"] = False
    first = manifest["networks"][0]["layers"][0]
    first["health"] = health(False, first["filters"], [])
    page = page_of(manifest, "net0/features.0/index.html")
    assert 'class="shares"' not in page
    assert "Dead:" not in page
    assert "never above zero" not in page
    assert "<dt>near-duplicate pairs</dt><dd>0</dd>" in page


def test_long_lists_are_folded() -> None:
    page = page_of(sick(filters=400, pairs=30), "net0/features.0/index.html")
    folded = re.findall(r"<details><summary>([^<]+)</summary>\s*<p", page)
    assert folded == ["The dead filters", "Filters that are always on", "The near-duplicates"]


def test_a_network_has_a_table_of_all_layers() -> None:
    page = page_of(sick(), "net0/index.html")
    region = re.findall(r'<div class="scroll"[^>]*>', page)[-1]
    assert 'role="region"' in region
    assert 'aria-label="Table of all layers"' in region
    assert 'tabindex="0"' in region
    (table,) = re.findall(r"<table.*</table>", page)
    assert table.index("<caption") < table.index("<thead")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', table)
    assert heads == [
        "layer",
        "filters",
        "dead",
        "never above zero",
        "always on",
        "near-duplicate pairs",
        "median ratio",
        "response scale",
    ]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table)
    cells = [re.findall(r"<td[^>]*>([^<]*)", row) for row in rows]
    assert cells[1][:5] == ["16", "2", "3", "2", "2"]
    assert cells[1][6] == "8.5 (1.8–15)"
    assert cells[-1][:5] == ["48", "6", "9", "6", "6"]
    assert 'href="../net0/features.1/index.html">features.1</a>' in rows[1]
    assert table.count('<svg class="spread"') == 3
    assert not re.search(r"\sstyle=", page)


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    manifest = sick()
    network = manifest["networks"][0]
    for part in network["layers"]:
        for found in part["filters"]:
            found.update(examples=None, dead=None)
        part["health"] = health(True, part["filters"], None)
    network["health"] = total(network["layers"])
    page = page_of(manifest, "net0/index.html")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', page)
    assert heads == ["layer", "filters", "median ratio"]
    assert "<dt>always on</dt>" not in page
