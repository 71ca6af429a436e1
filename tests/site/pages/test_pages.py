from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from convatlas.errors import SiteError
from convatlas.site.exports.layer_json import told_layer
from convatlas.site.pages import pages
from support.markup import written
from support.site_files import read_layer
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return synthetic_manifest(networks=2, layers=4, filters=16)[0]


@pytest.fixture(scope="module")
def site(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def test_every_page_of_the_contract_is_there_once(manifest: dict[str, Any]) -> None:
    paths = [path for path, _ in pages(manifest)]
    assert len(set(paths)) == len(paths)
    expected = {"index.html", "about/index.html", "about/glossary.html", "atlas.json"}
    expected |= {"help/index.html", "search/index.html", "search/index.js"}
    for network in manifest["networks"]:
        expected.add(network["href"])
        for layer in network["layers"]:
            folder = layer["href"].removesuffix("index.html")
            expected |= {layer["href"], f"{folder}layer.json"}
            expected |= {f"{folder}layer.csv", f"{folder}wall.js"}
            expected |= {f"{folder}{filter['href']}" for filter in layer["filters"]}
    for images in manifest["image_sets"]:
        folder = f"images/{images['slug']}/"
        expected |= {f"{folder}index.html", f"{folder}images.json"}
        expected |= {f"{folder}{id}.html" for id in images["images"]}
    assert {path for path in paths if not path.startswith("static/")} == expected


def test_layer_json_is_the_layer_without_its_address(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    layer = manifest["networks"][1]["layers"][2]
    data = read_layer(site["net1/features.2/layer.json"])
    assert data == {**told_layer(layer), "format": 2, "count": 16}
    assert data.keys() == {*layer, "recipes", "provenances", "format", "count"} - {"slug", "href"}


def test_atlas_json_counts_filters(site: dict[str, str]) -> None:
    data = json.loads(site["atlas.json"])
    assert [network["name"] for network in data["networks"]] == ["net0", "net1"]
    layers = data["networks"][0]["layers"]
    assert [layer["filters"] for layer in layers] == [16] * 4
    assert layers[0]["data"] == "net0/features.0/layer.json"
    assert data["image_sets"][0]["count"] == 12


POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'"
)


def test_every_page_has_one_heading_a_language_and_a_strict_policy(site: dict[str, str]) -> None:
    for path, text in site.items():
        if path.endswith(".html"):
            assert len(re.findall(r"<h1\b", text)) == 1, path
            assert '<html lang="en" ' in text
            assert f'content="{POLICY}"' in text
            inline = r"<script(?! (defer )?src=\"[^\"]+\.js\"></script>)|\sstyle=|<style|\son\w+="
            assert not re.search(inline, text), path
            assert text.count('<main id="main">') == 1


def test_every_picture_has_an_alternative(site: dict[str, str]) -> None:
    for path, text in site.items():
        for image in re.findall(r"<img [^>]*>", text):
            assert ' alt="' in image, path


def test_every_picture_but_those_of_tiles_has_its_size(site: dict[str, str]) -> None:
    for path, text in site.items():
        for image in re.findall(r"<img [^>]*>", text):
            tile = re.search(r'-positive-\w+\.\w+" alt="(\d+)?"', image)
            assert tile or re.search(r' width="\d+" height="\d+"', image), path


def test_names_are_escaped(site: dict[str, str]) -> None:
    page = site["net0/features.0/0.html"]
    assert "&lt;beagle&gt; &amp; co" in page
    assert "<beagle>" not in page


def test_a_filter_page_shows_what_the_manifest_says(site: dict[str, str]) -> None:
    page = site["net0/features.1/2.html"]
    assert "<title>features.1 / 2 · net0</title>" in page
    assert '<a class="step" rel="prev" href="1.html"' in page
    assert '<a class="step" rel="next" href="3.html"' in page
    assert 'href="2.html" aria-current="page"' in page
    assert "<b>Excites: 28.8</b> 4.7\u00a0times" in page.replace("4.7 times", "4.7\u00a0times")
    assert "<b>Inhibits: −14.2</b> 3.1 times the lowest of 12 images" in page
    assert page.partition('id="kernels"')[2].partition("</section>")[0].count("<li>") == 16
    assert "<b>45</b> 0.025" in page  # the last slice: its input channel and norm
    assert "<dt>record</dt>" in page


def test_pages_say_which_units_of_the_whole_the_filters_are(site: dict[str, str]) -> None:
    assert "Its filters are units 192 to 207 of features.</p>" in site["net0/features.1/index.html"]
    assert "<dt>unit<dd>194 of features</div>" in site["net0/features.1/2.html"]
    assert "Its filters are" not in site["net0/features.2/index.html"]
    assert "<dt>unit</dt>" not in site["net0/features.2/2.html"]


def test_the_ends_of_a_layer_have_no_step_beyond(site: dict[str, str]) -> None:
    assert 'rel="prev"' not in site["net0/features.1/0.html"]
    assert 'rel="next"' not in site["net0/features.1/15.html"]


def test_the_states_of_a_filter_are_told(site: dict[str, str]) -> None:
    assert "<b>dead</b>" in site["net0/features.0/3.html"]
    assert "dead" in site["net0/features.0/index.html"]
    assert "No picture is made yet." in site["net0/features.0/5.html"]
    assert "The kernel is not drawn yet." in site["net0/features.0/5.html"]
    assert "No picture can be made" in site["net0/features.3/2.html"]
    assert "Inhibits" not in site["net0/features.0/6.html"]
    assert "cut to what the filter sees directly" in site["net0/features.2/2.html"]


def test_lenses_that_are_off_are_told() -> None:
    manifest, _ = synthetic_manifest(layers=2, filters=4)
    manifest["lenses"] = {"kernels": None, "maximize": None, "examples": None}
    for layer in manifest["networks"][0]["layers"]:
        for filter in layer["filters"]:
            filter.update(kernels=None, maximize=None, examples=None)
    manifest["recipes"] = []
    manifest["networks"][0]["images"] = None
    manifest["image_sets"] = []
    site = {path: written(data) for path, data in pages(manifest)}
    page = site["net0/features.0/0.html"]
    assert "This atlas has no made pictures." in page
    assert "This atlas has no pictures of kernels." in page
    assert "No images are shown to this network." in page
    assert "Feature Visualization" not in site["about/index.html"]


def test_images_that_are_not_published_leave_numbers_only() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=2, publish="none")
    site = {path: written(data) for path, data in pages(manifest)}
    page = site["net0/features.0/0.html"]
    assert "The images themselves are not published" in page
    assert "<b>26.8</b> in image 0 (remote control) at row 0, column 0" in page
    assert "images/photos" not in page
    assert {path for path in site if path.startswith("images/")} == {
        "images/photos/index.html",
        "images/photos/images.json",
    }


def test_a_large_layer_is_split_over_further_pages() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1100, images=1, top=1, made=8)
    found = {}
    for path, data in pages(manifest):
        if re.fullmatch(r"net0/features.0/index(-\d)?\.html", path):
            found[path.rpartition("/")[2]] = written(data)
    assert set(found) == {"index.html", "index-2.html", "index-3.html"}
    walls = {
        name: text.partition('class="wall"')[2].partition("</div>")[0]
        for name, text in found.items()
    }
    tiles = {name: re.findall(r'<a href="(\d+)\.html"', wall) for name, wall in walls.items()}
    assert [len(tiles[name]) for name in sorted(found, reverse=True)] == [512, 76, 512]
    assert sorted(int(tile) for part in tiles.values() for tile in part) == list(range(1100))
    assert found["index-2.html"].count('<a href="index-3.html"') == 2
    assert "<summary>The dead filters</summary>" in found["index.html"]
    assert "Dead:" not in found["index-2.html"]
    elements = re.findall(r"<[a-z]", found["index.html"])
    assert len(elements) <= 5000


def test_filter_pages_stay_lean() -> None:
    manifest, _ = synthetic_manifest(layers=3, filters=32, variants=False, diverse=0)
    sizes = [len(data) for path, data in pages(manifest) if re.search(r"/\d+\.html$", path)]
    assert sum(sizes) / len(sizes) < 15_000


def test_a_theme_goes_first_and_may_extend_ours(tmp_path: Path) -> None:
    (tmp_path / "templates" / "lenses").mkdir(parents=True)
    (tmp_path / "static").mkdir()
    (tmp_path / "templates" / "lenses" / "facts.html").write_text(
        '{% extends "!default/lenses/facts.html" %}'
        "{% block facts %}<p>mine</p>{{ super() }}{% endblock %}"
    )
    (tmp_path / "static" / "atlas.css").write_text("body { color: red; }")
    (tmp_path / "static" / "logo.png").write_bytes(b"logo")
    manifest, _ = synthetic_manifest(layers=1, filters=2)
    site = dict(pages(manifest, tmp_path))
    page = written(site["net0/features.0/0.html"])
    assert "<p>mine</p>" in page
    assert "<dt>highest" in page
    style = re.search(r'href="../../(static/atlas\.[0-9a-f]{8}\.css)"', page)
    assert style is not None
    assert site[style[1]].startswith(b"body { color: red; }\n")
    assert site["static/logo.png"] == b"logo"


def test_a_theme_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"correct site\.theme"):
        list(pages(synthetic_manifest()[0], tmp_path / "none"))


def test_a_template_that_names_what_is_not_there_fails(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "home.html").write_text("{{ site.titel }}")
    with pytest.raises(Exception, match="titel"):
        list(pages(synthetic_manifest()[0], tmp_path))
