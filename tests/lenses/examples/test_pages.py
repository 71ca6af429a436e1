"""What a filter's page tells of images, in every way of publishing them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from convatlas.site.check.check import check
from convatlas.site.pages import pages
from convatlas.site.publish import publish
from support.markup import written
from support.page_parts import part
from support.synthetic import synthetic_manifest

BAND = ("found", "range", "histogram", "positions", "classes", "lowest", "near")
PAGE = "net1/features.1/2.html"


def rendered(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def made(**options: Any) -> dict[str, Any]:
    """A manifest whose second layer sees 41 pixels of 64, on a map of 32."""
    manifest, _ = synthetic_manifest(networks=2, layers=2, filters=8, images=40, **options)
    return manifest


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return rendered(synthetic_manifest(networks=2, layers=4, filters=16, images=40)[0])


def test_the_strongest_images_stand_with_their_share_of_the_highest(site: dict[str, str]) -> None:
    found = part(site[PAGE], "found")
    assert found.count("<li>") == 9
    told = re.findall(r"<b>([^<]+)</b>([^<]*)(?:<i>([^<]+)</i>)?</a>", found)
    assert len(told) == 9
    assert told[0] == ("26.8", " remote control", "")  # the highest itself
    assert told[1] == ("24.8", " bannister ", "0.92")


def test_weaker_and_random_images_follow_in_falling_order(site: dict[str, str]) -> None:
    told = part(site[PAGE], "range")
    places = re.findall(r"<br>([^<]+)</a>", told)
    assert places[0] == "highest"
    assert sum(place.startswith("random, ") for place in places) == 3
    responses = [float(r.replace("−", "-")) for r in re.findall(r"<b>([^<]+)</b>", told)]
    assert responses == sorted(responses, reverse=True)
    assert len(responses) == len(places) == 6  # the 99.9th, the 99th and the highest are one of 40


def test_histograms_are_told_in_words_and_marked(site: dict[str, str]) -> None:
    bars = part(site[PAGE], "histogram")
    assert 'role="img" aria-label="Histogram of the highest response to 40 images, from' in bars
    assert len(re.findall(r"M\d+ 96h0", bars)) == 3
    assert bars.count("v8") == 3
    assert "lines: those drawn at random" in bars
    assert "The highest response to an image is" in bars
    assert "15 on 12\u00a0%." in part(site[PAGE], "positions")


def test_classes_are_a_table_of_means_and_gaps(site: dict[str, str]) -> None:
    table = part(site[PAGE], "classes")
    rows = re.findall(r'<tr><th>([^<]*)<td>[^<]*<td class="b(\d\d)">([^<]*)', table)
    assert rows[0] == ("remote control", "70", "2.4")
    assert rows[3][0] == "&lt;beagle&gt; &amp; co"
    assert "to a class’s 8 images" in table
    assert "<th>images" not in table  # all have as many


def test_classes_of_different_sizes_tell_them() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1, images=11)
    table = part(rendered(manifest)["net0/features.0/0.html"], "classes")
    assert "<th>images" in table
    assert "<tr><th>remote control<td>3<td>" in table


def test_the_nearest_filters_are_linked_in_three_places(site: dict[str, str]) -> None:
    near = part(site[PAGE], "near")
    assert re.findall(r"<h3>([^<]+)</h3>", near) == [
        *("In its layer", "In other layers", "In other networks"),
    ]
    assert re.findall(r'<li><a href="([^"]+)">', near) == [
        *("3.html", "4.html", "1.html"),
        *(f"../features.0/{index}.html" for index in (3, 4, 1)),
        *(f"../../net0/features.1/{index}.html" for index in (3, 4, 1)),
    ]
    assert "<b>0.84</b> net0 / features.1 / 4</a>" in near


def test_a_filter_that_the_site_does_not_show_is_no_neighbour() -> None:
    manifest = made()
    layer = manifest["networks"][1]["layers"][1]
    layer["filters"][2]["examples"]["nearest"][0]["href"] = "net1/features.1/999.html"
    near = part(rendered(manifest)[PAGE], "near")
    assert "999" not in near
    assert near.count("<li>") == 9


def test_three_of_the_images_that_inhibit_it_are_shown(site: dict[str, str]) -> None:
    lowest = part(site[PAGE], "lowest")
    assert re.findall(r"<b>([^<]+)</b>", lowest) == ["−3.25", "−3", "−2.75"]
    assert "<i>" not in lowest


def test_a_dead_filter_tells_little(site: dict[str, str]) -> None:
    page = site["net0/features.1/3.html"]
    assert "What comes closest of 40 images" in part(page, "found")
    assert not any(part(page, name) for name in BAND[1:])
    assert "above zero on" not in page
    assert "#heat" not in page
    assert "checkbox" not in page


def test_where_nothing_is_known_nothing_is_told(site: dict[str, str]) -> None:
    page = site["net0/features.1/5.html"]
    assert "The images are not shown to it yet." in page
    assert not any(part(page, name) for name in BAND[1:])


def test_without_labels_there_are_no_classes() -> None:
    page = rendered(made(labels=()))[PAGE]
    assert part(page, "classes") == ""
    assert part(page, "lowest")
    assert "The strongest of 40 images brings its response to <b>26.8</b>; a typical" in page


def test_one_image_is_no_range_and_no_histogram() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1, images=1)
    page = rendered(manifest)["net0/features.0/0.html"]
    assert part(page, "range") == part(page, "histogram") == ""
    assert "no more than the strongest images" in part(page, "classes")


def ids(text: str) -> set[str]:
    return set(re.findall(r' id="(\w+)"', text))


def wide(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same with heat maps of few cells, which tell a place in every window."""
    for network in manifest["networks"]:
        for layer in network["layers"]:
            layer["local_receptive_field"] = layer["receptive_field"] = [40, 40]
    return manifest


def test_a_switch_takes_the_heat_off_without_script() -> None:
    page = rendered(wide(made()))[PAGE]
    assert '<input type="checkbox" value="heat" checked>Where it responds</label>' in page
    assert page.count('<use href="#heat"') == 9 + 3
    style = next(data for path, data in pages(made()) if "static/filter." in path).decode()
    assert '.unit:has([value="heat"]:not(:checked)) ' in style
    assert 'url("#veil")' in style
    assert page.count('id="veil"') == 1


def test_without_heat_there_is_no_switch() -> None:
    manifest = wide(made())
    for filter in manifest["networks"][1]["layers"][1]["filters"]:
        if filter["examples"]:
            filter["examples"]["heat"] = None
    page = rendered(manifest)[PAGE]
    assert "checkbox" not in page
    assert "#heat" not in page
    assert "veil" not in page


def test_windows_alone_are_published_as_crops() -> None:
    site = rendered(wide(made(publish="crops")))
    found = part(site[PAGE], "found")
    assert found.count('href="#cuts"') == 9
    assert found.count('<use href="#heat"') == 9
    assert "images/photos" not in site[PAGE]
    assert "<svg" not in part(site[PAGE], "range")  # most of these have no window
    assert "show small windows of those" in site["images/photos/index.html"]
    assert "Only small windows of the images are published." in site["about/index.html"]


def test_of_images_that_are_not_published_there_are_numbers() -> None:
    site = rendered(wide(made(publish="none")))
    found = part(site[PAGE], "found")
    assert "<b>26.8</b> in image 10 (remote control) at row 0, column 0<li>" in found
    assert "The images themselves are not published" in found
    assert "<svg" not in found
    assert "images/photos" not in site[PAGE]
    assert "filters tell their numbers only" in site["images/photos/index.html"]


def test_of_images_that_are_not_published_there_may_be_heat() -> None:
    site = rendered(wide(made(publish="none", heatmaps=True)))
    found = part(site[PAGE], "found")
    assert found.count('class="lit"') == 9
    assert "checkbox" not in found
    assert "images/photos" not in site[PAGE]
    assert "and where they respond" in site["images/photos/index.html"]


@pytest.mark.parametrize("how", ["full", "crops", "none", "heatmaps"])
def test_every_link_leads_somewhere_and_every_id_is_there_once(tmp_path: Path, how: str) -> None:
    options: dict[str, Any] = {"publish": how}
    if how == "heatmaps":
        options = {"publish": "none", "heatmaps": True}
    manifest, read = synthetic_manifest(networks=2, layers=4, filters=8, **options)
    publish(wide(manifest), read, tmp_path)
    assert check(tmp_path).findings == ()
    for page in tmp_path.rglob("*.html"):
        text = page.read_text()
        assert set(re.findall(r'<use [^>]*href="#(\w+)"', text)) <= ids(text)


def test_about_explains_the_numbers(site: dict[str, str]) -> None:
    about = site["about/index.html"]
    for part_of_it in ("2,048 images", "Morcos", "Borowski", "99.9 %", "0.98", "16 × 16 cells"):
        assert part_of_it in about
