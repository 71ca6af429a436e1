"""The section on circuits of a layer's page, and what its data files have of them."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_circuits import drops, twofold, with_circuits

Fact = dict[str, Any]

FIRST, DOUBTED, LATER = "features.0", "features.1", "features.2"


@pytest.fixture(scope="module")
def manifest() -> Fact:
    return with_circuits(synthetic_manifest(layers=3, filters=32, images=12))[0]


@pytest.fixture(scope="module")
def site(manifest: Fact) -> dict[str, str]:
    return rendered(manifest)


def rendered(manifest: Fact) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def layer_of(manifest: Fact, name: str) -> Fact:
    (found,) = (each for each in manifest["networks"][0]["layers"] if each["name"] == name)
    return dict(found)


def section(page: str) -> str:
    return page.partition('<h2 id="circuits">')[2].partition("</section>")[0]


def known(layer: Fact) -> list[Fact]:
    return [filter for filter in layer["filters"] if filter.get("circuits")]


def test_the_clearest_circuits_come_first_with_links_to_their_inputs(
    manifest: Fact, site: dict[str, str]
) -> None:
    part = section(site[f"net0/{LATER}/index.html"]).partition("two reasons")[0]
    told = re.findall(r'<ul aria-label="Inputs of filter (\d+)">(.*?)</ul>', part, re.DOTALL)
    clear = {filter["index"] for filter in known(layer_of(manifest, LATER))}
    expected = sorted(
        (index for index in clear if index % 4 != 3), key=lambda index: (-drops(index)[0], index)
    )
    assert [int(index) for index, _ in told] == expected[:6]
    for index, inputs in told:
        links = re.findall(r'href="\.\./\.\./net0/features\.1/(\d+)\.html"', inputs)
        assert links == [str((5 * int(index) + place) % 32) for place in range(4)]
        assert inputs.count('class="inhibits"') == 1
        assert re.findall(r"<b>(.*?)</b>", inputs)[1:] == ["+20\u00a0%", "+5\u00a0%", "−3\u00a0%"]


def test_a_filter_whose_inputs_cancel_is_no_strong_circuit(
    manifest: Fact, site: dict[str, str]
) -> None:
    assert any(filter["index"] % 4 == 3 for filter in known(layer_of(manifest, LATER)))
    for index in re.findall(r"Inputs of filter (\d+)", site[f"net0/{LATER}/index.html"]):
        assert int(index) % 4 != 3


def test_how_far_to_trust_it_stands_first(manifest: Fact, site: dict[str, str]) -> None:
    later = section(site[f"net0/{LATER}/index.html"])
    assert "1,280 drops of filters that were really set to their mean" in later
    assert "rank correlation 1.00, and 94\u00a0% of a response’s five largest" in later
    assert "Behind bottlenecks, two layers back: rank correlation 1.00" in later
    assert "1 input channel is a sum of several filters" in later
    channels = layer_of(manifest, LATER)["channels"]
    assert f"2 of {channels} input channels are no single filters" in later
    assert "do not rely" not in later
    doubted = section(site[f"net0/{DOUBTED}/index.html"])
    assert "That is low: do not rely on the drops in this layer." in doubted


def test_the_first_layer_reads_the_picture(site: dict[str, str]) -> None:
    first = section(site[f"net0/{FIRST}/index.html"])
    assert "reads the picture itself" in first
    assert "Strongest circuits" not in first
    assert "two reasons" not in first


def test_two_reasons_have_their_images_and_inputs(manifest: Fact, site: dict[str, str]) -> None:
    part = section(site[f"net0/{LATER}/index.html"]).partition("for two reasons</h3>")[2]
    found = [each for each in known(layer_of(manifest, LATER)) if twofold(each["index"])]
    assert f"{len(found)} filters of 32" in part
    first = part.partition('<a class="of"')[2].partition("</li>")[0].partition('<a class="of"')[0]
    groups = re.findall(r"<figure>(.*?)</figure>", first, re.DOTALL)
    for place, group in enumerate(groups):
        photographs = [
            manifest["networks"][0]["photographs"][top["image"]]["file"]
            for top in found[0]["examples"]["top"][place::2][:4]
        ]
        assert re.findall(r'<image[^>]* href="\.\./\.\./(images/[^"]+)"', group) == photographs
        index = (5 * found[0]["index"] + place) % 32
        assert f'net0/features.1/{index}.html"' in group
    assert [re.findall(r"\d images", group) for group in groups] == [["5 images"], ["4 images"]]
    named = re.findall(r'<a href="(\d+)\.html">\1</a>', part.partition("<p>Also ")[2])
    assert len(named) == len(found) - 3


def test_without_published_images_the_groups_are_still_told(manifest: Fact) -> None:
    made = synthetic_manifest(layers=3, filters=16, images=12, publish="none")
    page = rendered(with_circuits(made)[0])[f"net0/{LATER}/index.html"]
    part = section(page).partition("for two reasons</h3>")[2]
    assert "5 images" in part
    assert "images/" not in part


def test_an_input_that_the_atlas_does_not_show_is_named_without_a_link() -> None:
    manifest = with_circuits(synthetic_manifest(layers=3, filters=32, images=12))[0]
    for filter in layer_of(manifest, LATER)["filters"]:
        for each in (filter.get("circuits") or {"inputs": []})["inputs"]:
            each["layer"] = "features.beyond"
    part = section(rendered(manifest)[f"net0/{LATER}/index.html"])
    assert "features.<wbr>beyond / " in part
    assert "features.beyond/" not in part
    assert 'class="plain"' in part


def test_columns_of_the_table(manifest: Fact, site: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(site[f"net0/{LATER}/layer.csv"])))
    for filter in known(layer_of(manifest, LATER)):
        index = filter["index"]
        row = rows[index]
        assert float(row["inputs_explain"]) == pytest.approx(sum(drops(index)), abs=1e-6)
        assert row["inputs_counting"] == str(sum(abs(drop) >= 0.1 for drop in drops(index)))
        assert row["strongest_input"] == f"features.1/{5 * index % 32}"
    first = next(csv.reader(io.StringIO(site[f"net0/{FIRST}/layer.csv"])))
    assert not {"inputs_explain", "inputs_counting", "strongest_input"} & set(first)


def test_the_grid_is_sorted_and_chosen_by_them(manifest: Fact, site: dict[str, str]) -> None:
    page = site[f"net0/{LATER}/index.html"]
    assert '<option value="inputs_explain">explained by its inputs</option>' in page
    count = sum(twofold(each["index"]) for each in known(layer_of(manifest, LATER)))
    assert f"fires for two reasons ({count})" in page
    assert "fires for two reasons (" not in site[f"net0/{FIRST}/index.html"]


def test_the_page_about_methods_says_how(site: dict[str, str]) -> None:
    assert 'id="circuits"' in site["about/index.html"]
    without = rendered(synthetic_manifest(layers=2, filters=8)[0])
    assert 'id="circuits"' not in without["about/index.html"]
    assert "What makes its filters respond" not in without["net0/features.1/index.html"]


def without_circuits(**network: Any) -> tuple[Fact, dict[str, str]]:
    """An atlas with the lens on that knows no circuits, and its pages."""
    manifest = synthetic_manifest(layers=3, filters=8, images=12)[0]
    manifest["lenses"]["circuits"] = {"inputs": 6}
    manifest["networks"][0].update(network)
    for index in (1, 2):
        layer_of(manifest, DOUBTED)["filters"][index]["examples"] = None
    for filter in layer_of(manifest, LATER)["filters"]:
        filter["examples"] = None
    return manifest, rendered(manifest)


def test_filters_without_images_are_why_a_network_has_no_circuits() -> None:
    manifest, site = without_circuits()
    silent = [
        sum(filter["examples"] is None for filter in layer_of(manifest, name)["filters"])
        for name in (FIRST, DOUBTED, LATER)
    ]
    first = next(name for name, count in zip((FIRST, DOUBTED, LATER), silent, strict=True) if count)
    for path in ("net0/index.html", f"net0/{FIRST}/index.html", f"net0/{LATER}/index.html"):
        told = section(site[path])
        assert f"of {first} (and some of" in told
        assert "or responses are not finite." in told
    manifest["lenses"]["circuits"] = None
    assert "Circuits are not told" not in "".join(rendered(manifest).values())


def test_pictures_one_at_a_time_are_why_a_network_has_no_circuits() -> None:
    _, site = without_circuits(single=True)
    assert "have to be shown to this network one at a time." in section(site["net0/index.html"])


def test_a_layer_without_circuits_among_others_says_why() -> None:
    manifest = with_circuits(synthetic_manifest(layers=3, filters=32, images=12))[0]
    layer = layer_of(manifest, LATER)
    for each in (layer_of(manifest, LATER)["filters"], [layer]):
        for place in each:
            place["circuits"] = None
    layer["dynamic"] = True
    manifest["networks"][0]["layers"][2] = layer
    site = rendered(manifest)
    assert "each picture has a kernel of its own" in section(site[f"net0/{LATER}/index.html"])
    assert "not told" not in site["net0/index.html"]
    layer["dynamic"] = False
    told = section(rendered(manifest)[f"net0/{LATER}/index.html"])
    assert "what is made of its responses is not known" in told
