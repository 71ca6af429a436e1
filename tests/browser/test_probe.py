"""Pages of probes and claims in a real browser, with and without their script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convatlas.site.check.check import check
from convatlas.site.publish import publish
from support.browsing import MEASURE, Browse, Visit, fail_with, faults, on_disk, pixels
from support.synthetic import Manifest, Read, synthetic_manifest

pytestmark = pytest.mark.browser

FOLLOWED = "probes/probe0/net0/index.html"
PAGES = (
    "index.html",
    "net0/index.html",
    "about/index.html",
    "probes/index.html",
    "probes/probe1/index.html",
    FOLLOWED,
    "probes/probe1/net1/index.html",
    "hypotheses/index.html",
)
WALL = "#features\\.1 ~ .scroll .maps"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    return synthetic_manifest(networks=2, layers=3, filters=40, images=4, probes=2, hypotheses=5)


def test_the_site_holds_together(out: Path) -> None:
    report = check(out)
    assert report.findings == ()
    assert report.sizes["probes"] > report.sizes["hypotheses"] > 0


@pytest.mark.parametrize(
    ("width", "scheme", "script"), [(390, "dark", True), (1280, "light", False)]
)
def test_pages_load_whole_and_fit(browse: Browse, width: int, scheme: str, script: bool) -> None:
    options = {"color_scheme": scheme, "java_script_enabled": script}
    visit = browse(viewport={"width": width, "height": 800}, **options)
    fail_with({path: faults(visit, path, script) for path in PAGES})


def test_without_a_script_maps_are_linked_in_their_order(browse: Browse) -> None:
    visit = browse(java_script_enabled=False)
    visit.page.goto(FOLLOWED)
    assert visit.page.locator(".followed .switch").count() == 0
    tile = visit.page.locator(WALL).get_by_role("link", name="17", exact=True)
    tile.scroll_into_view_if_needed()
    picture = visit.page.locator(f"{WALL} img").bounding_box()
    box = tile.bounding_box()
    across, down = picture["width"] / 12, picture["height"] / 4
    assert box["x"] - picture["x"] == pytest.approx(5 * across, abs=1.5)
    assert box["y"] - picture["y"] == pytest.approx(1 * down, abs=1.5)
    tile.click()
    visit.page.wait_for_url("**/net0/features.1/17.html")


def test_by_strength_each_tile_shows_its_own_map(browse: Browse) -> None:
    visit = browse(viewport={"width": 1280, "height": 1600})
    visit.page.goto(FOLLOWED)
    links = visit.page.locator(f"{WALL} a")
    links.first.scroll_into_view_if_needed()
    order = visit.page.locator(WALL).get_attribute("data-order").split()
    before = {name: pixels(links.nth(int(name))) for name in order[:5]}
    boxes = [links.nth(place).bounding_box() for place in range(3)]
    switch = visit.page.locator(".followed .switch input").nth(1)
    switch.press("Space")
    assert links.all_text_contents() == order
    for place, name in enumerate(order[:5]):
        assert abs(pixels(links.nth(place)) - before[name]).mean() < 12, name
    assert [links.nth(place).bounding_box() for place in range(3)] == boxes
    switches = visit.page.locator(".followed .switch input")
    assert [switches.nth(place).is_checked() for place in range(3)] == [True] * 3
    switch.press("Space")
    assert links.all_text_contents() == [str(index) for index in range(40)]
    assert visit.troubles == []


def test_walls_that_are_out_of_sight_follow_when_they_are_seen(browse: Browse) -> None:
    visit = browse(viewport={"width": 1280, "height": 700})
    visit.page.goto(FOLLOWED)
    visit.page.locator(".followed .switch input").first.press("Space")
    last = visit.page.locator(".maps").last
    last.scroll_into_view_if_needed()
    visit.page.locator(".maps.sorted").last.wait_for()
    visit.page.wait_for_timeout(200)
    names = last.locator("a").all_text_contents()
    assert names == last.get_attribute("data-order").split()


def test_an_index_is_seen_where_a_tile_is_focused(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(FOLLOWED)
    tile = visit.page.locator(WALL).get_by_role("link", name="3", exact=True)
    colour = "e => getComputedStyle(e).color"
    assert tile.evaluate(colour) == "rgba(0, 0, 0, 0)"
    visit.page.keyboard.press("Tab")  # so that focus is shown
    tile.focus()
    assert tile.evaluate(colour) == "rgb(255, 255, 255)"


def test_wide_maps_lie_under_their_links(browser: Any, tmp_path: Path) -> None:
    told = synthetic_manifest(size=(16, 64), layers=1, filters=60, images=1, made=8, probes=1)
    publish(*told, tmp_path)
    with Visit(browser, on_disk(tmp_path), viewport={"width": 390, "height": 800}) as visit:
        visit.page.goto(FOLLOWED)
        assert visit.page.evaluate(MEASURE, False) == []
        picture, links = (
            visit.page.locator(f".maps > {inside}").bounding_box() for inside in ("img", "div")
        )
        assert picture == links


def test_on_a_phone_many_maps_scroll_by_themselves(browser: Any, tmp_path: Path) -> None:
    publish(*synthetic_manifest(layers=1, filters=260, images=1, top=1, made=8, probes=1), tmp_path)
    with Visit(browser, on_disk(tmp_path), viewport={"width": 390, "height": 800}) as visit:
        visit.page.goto(FOLLOWED)
        assert visit.page.evaluate(MEASURE, False) == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
        assert visit.page.locator(".maps").bounding_box()["width"] == 32 * 24
        assert visit.page.locator(".maps img").bounding_box()["width"] == 32 * 24
