"""The switch between images and what in them mattered, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convatlas.site.publish import publish
from support.browsing import Browse, Visit, on_disk, pixels
from support.synthetic import synthetic_manifest
from support.synthetic_traces import COLOURS, traced

pytestmark = pytest.mark.browser

PAGE = "net0/features.1/0.html"


@pytest.fixture(scope="module")
def out(attributed: Path) -> Path:
    return attributed


@pytest.mark.parametrize("width", [400, 1280])
def test_a_method_shows_its_own_tiles_and_images_hide_them(browse: Browse, width: int) -> None:
    visit = browse(java_script_enabled=False, viewport={"width": width, "height": 900})
    visit.page.goto(PAGE)
    tiles = visit.page.locator(".found .tops .by")
    images = visit.page.locator(".found .tops svg:not(.by)")
    assert tiles.count() == images.count() == 9
    assert not any(tile.is_visible() for tile in tiles.all())
    for method, colour in COLOURS.items():
        visit.page.get_by_role("radio", name=method).check()
        assert all(each.is_visible() for each in (*tiles.all(), *images.all()))
        for place in (0, 4, 8):
            seen = pixels(tiles.nth(place)).mean((0, 1))
            assert np.abs(seen - np.array(colour) * (1 - place / 20)).max() < 8
    visit.page.get_by_role("radio", name="images").check()
    assert not any(tile.is_visible() for tile in tiles.all())
    assert visit.troubles == []


@pytest.mark.parametrize("width", [400, 1280])
def test_what_is_told_of_an_image_that_is_not_traced_stands_below_it(
    browser: Any, tmp_path: Path, width: int
) -> None:
    manifest, read = traced(synthetic_manifest(layers=2, filters=1, images=40), count=4)
    publish(manifest, read, tmp_path)
    options = {"java_script_enabled": False, "viewport": {"width": width, "height": 900}}
    with Visit(browser, on_disk(tmp_path), **options) as visit:
        visit.page.goto(PAGE)
        visit.page.get_by_role("radio", name="guided").check()
        for place in (3, 4):
            image, told = (
                visit.page.locator(f".found .tops {part}").nth(place).bounding_box()
                for part in ("svg:not(.by)", "b")
            )
            assert image is not None
            assert told is not None
            assert told["y"] >= image["y"] + image["height"]
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_goes_through_the_methods(browse: Browse) -> None:
    visit = browse(java_script_enabled=False)
    visit.page.goto(PAGE)
    group = visit.page.get_by_role("group", name="Show")
    choices = group.get_by_role("radio")
    choices.first.focus()
    assert choices.first.is_checked()
    names = []
    for place in range(1, 4):
        visit.page.keyboard.press("ArrowRight")
        assert choices.nth(place).is_checked()
        names.append(choices.nth(place).get_attribute("value"))
    assert names == list(COLOURS)


def test_beside_what_mattered_images_are_as_they_are(browse: Browse) -> None:
    visit = browse(java_script_enabled=False)
    visit.page.goto(PAGE)
    heat = visit.page.locator('.found .tops use[href="#heat"]')
    switch = visit.page.get_by_label("Where it responds")
    assert heat.first.is_visible()
    assert switch.is_visible()
    visit.page.get_by_role("radio", name="guided").check()
    assert not any(each.is_visible() for each in heat.all())
    assert not switch.is_visible()


def test_nothing_sticks_out_of_a_narrow_page(browse: Browse) -> None:
    for width in (320, 480, 640, 860):
        visit = browse(viewport={"width": width, "height": 900})
        visit.page.goto(PAGE)
        visit.page.get_by_role("radio", name="gradient").check()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
