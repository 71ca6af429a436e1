"""What the pages tell of made pictures: how they came to be, what fails, what is dead."""

from __future__ import annotations

import re

import pytest

from convatlas.lenses.maximize.recipe_text import beside
from convatlas.site.pages import pages
from support.markup import written
from support.page_parts import part
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    manifest, _ = synthetic_manifest(layers=4, filters=16)
    return {path: written(data) for path, data in pages(manifest)}


def test_a_filter_page_shows_how_its_picture_came_to_be(site: dict[str, str]) -> None:
    history = part(site["net0/features.1/2.html"], "history")
    assert re.search(r'src="2-positive-history-\w+\.webp" width="192" height="48"', history)
    assert "The canvas after 0, 8, 32, 128 steps" in history
    assert "<span>step 0</span><span>8</span><span>32</span><span>128</span>" in history
    line = re.search(r'<path class="line" d="M\d+ \d+l([^"]+)"', history)
    assert line is not None
    assert len(re.findall(r"-?\d+", line[1])) == 2 * 32
    assert 'role="img" aria-label="Curve of the response: 1.73 at step 0' in history
    assert "Drawn: the mean over the map in bfloat16, while the picture was moved about." in history
    assert 'class="bound"' not in history


def test_the_strongest_image_is_drawn_beside_a_climb_at_one_position(site: dict[str, str]) -> None:
    history = part(site["net0/features.1/1.html"], "history")
    assert 'class="bound"' in history
    assert "strongest of 12 images: 26.8" in history
    assert "Drawn: the centre of the map" in history


def test_old_records_without_a_history_leave_it_out(site: dict[str, str]) -> None:
    page = site["net0/features.1/6.html"]
    assert "Excites" in page
    assert part(page, "history") == part(page, "ways") == ""


def test_the_other_pictures_of_a_filter_stand_side_by_side(site: dict[str, str]) -> None:
    page = site["net0/features.1/2.html"]
    assert "<b>One position: 33.5</b> 5.8 times the strongest of 12 images" in part(page, "made")
    assert "Made to excite one position of it: 33.5 at row" in page
    ways, variants = part(page, "ways"), part(page, "variants")
    assert re.findall(r"<b>([^<]+)</b>", ways) == ["30", "29", "28", "27"]
    assert "0.85 times the strongest of 12 images; does not beat the strongest image" in ways
    assert "<dd>with 3 others, pushed apart" in ways
    assert re.findall(r"<b>([^<]+)</b>", variants) == ["classic: 19.5", "fine: 31.2"]
    assert "<dt>grown</dt><dd>12 times by 1.2, blurred by 1.4 px between" in variants


def test_of_a_recipe_only_what_differs_from_its_layers_is_told(site: dict[str, str]) -> None:
    cite = part(site["net0/features.1/2.html"], "cite")
    told = dict(re.findall(r"<dt>([^<]+)<dd>(.*?)(?=<dt>|\n)", cite))
    record = r"record <code>\w{16}</code>"
    assert re.fullmatch(record, told["Inhibits"])
    assert re.fullmatch(rf"{record}; unlike its layer: steps: 128 steps.*", told["Excites"])
    assert "torch 2.9.0, cpu, bfloat16, seed 0" in told["Made with"]
    assert 'href="index.html#recipe"' in told["Made with"]
    assert 'id="recipes"' in site["about/index.html"]


def test_where_a_layer_has_no_usual_recipe_all_of_it_is_told() -> None:
    one = {"objective": "channel", "canvas": "pixels", "size": [8, 8], "steps": 9, "rate": 1.0}
    told = "objective: the mean over the map; canvas: a canvas of 8\u00a0×\u00a08 plain pixels; "
    assert beside(one, None) == told + "steps: 9 steps of Adam at 1"
    assert beside({**one, "noise": 0.5}, one) == "noise: 0.5"
    assert beside(one, one) == ""


def test_a_picture_that_fails_is_told_to_fail(site: dict[str, str]) -> None:
    page = site["net0/features.1/7.html"]
    told = "0.8 times the strongest of 12 images; the best of 4 attempts; does not beat the"
    assert f"<b>Excites: 21.4</b> {told} strongest image" in page
    assert "<dt>Excites<dd>attempt 4 of 4, record" in page


def test_a_dead_filter_shows_what_was_tried_on_demand_only(site: dict[str, str]) -> None:
    page = site["net0/features.1/11.html"]
    assert "Nothing excites this filter: the best of 4 attempts at a picture reaches −0.2." in page
    assert re.search(r"<details><summary>What was tried</summary>.*<b>Made to excite: ", page, re.S)
    assert 'class="big"' not in page
    assert part(page, "history") == ""


def test_layers_tell_their_health_and_name_their_dead(site: dict[str, str]) -> None:
    page = site["net0/features.1/index.html"]
    facts = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", page))
    assert facts["filters"] == "16"
    assert facts["dead"] == "2"
    assert facts["made pictures that beat every image"] == "5 of 6"
    assert facts["median ratio"] == "2.2"
    assert facts["attempts a picture"] == "1.38"
    assert 'Dead: <a href="3.html">3</a>, <a href="11.html">11</a>.' in page
    assert "Dead:" not in site["net0/features.3/index.html"]
    assert "<dt>dead filters</dt><dd>6 of 64</dd>" in site["net0/index.html"]
