"""Pictures in large, and pictures beside links, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.browsing import Browse, Visit, until
from support.synthetic import Manifest, Read, synthetic_manifest

pytestmark = pytest.mark.browser

FILTER = "net0/features.1/2.html"
SHIFTS = """() => new Promise(done => {
    const found = [];
    new PerformanceObserver(list => found.push(...list.getEntries().map(entry => entry.value)))
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(found), 60);
})"""
BOXES = """() => [...document.querySelectorAll('img, svg')].map(seen => {
    const { left, top, width, height } = seen.getBoundingClientRect();
    return [left, top, width, height].map(Math.round);
})"""
PICTURE = "document.querySelector('dialog.lightbox img')"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    return synthetic_manifest(layers=3, filters=8, probes=2, hypotheses=3)


@pytest.mark.parametrize("place", ["file", "http"])
def test_pictures_open_in_large_and_are_leafed_through(browse: Browse, place: str) -> None:
    visit = browse(place, viewport={"width": 1280, "height": 800})
    page = visit.page
    page.goto(FILTER)
    links = page.locator("main figure a:has(img)")
    before = page.evaluate("document.querySelector('h1').getBoundingClientRect().left")
    links.first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Picture")
    assert dialog.is_visible()
    assert page.evaluate("document.querySelector('h1').getBoundingClientRect().left") == before
    first = page.evaluate(f"{PICTURE}.src")
    assert first.endswith(links.first.get_attribute("href"))
    assert page.get_by_role("dialog").get_by_role("link").get_attribute("href") == first
    assert page.evaluate(f"{PICTURE}.width >= 480")
    assert page.evaluate(f"{PICTURE}.alt").startswith("Made to excite it")
    assert page.evaluate(f"getComputedStyle({PICTURE}).imageRendering") == "pixelated"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(f"{PICTURE}.src") == first
    page.keyboard.press("ArrowRight")
    assert page.evaluate(f"{PICTURE}.src") != first
    page.get_by_role("button", name="Previous picture").click()
    assert page.evaluate(f"{PICTURE}.src") == first
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate(
        "document.activeElement.getAttribute('href')"
    ) == links.first.get_attribute("href")
    assert page.url.endswith(FILTER)
    assert page.evaluate(SHIFTS) == []
    assert visit.troubles == []


@pytest.mark.parametrize(
    "path",
    [
        *("index.html", "net0/index.html", "net0/features.1/index.html", FILTER),
        *("images/photos/index.html", "images/photos/", "hypotheses/index.html"),
        "probes/probe0/net0/index.html",
    ],
)
def test_nothing_moves_when_the_pictures_come(browse: Browse, out: Path, path: str) -> None:
    """A tile tells no size of its own: the style sheet has to."""
    visit = browse("http", viewport={"width": 1280, "height": 4000})
    page, held = visit.page, list[Any]()
    if path == "images/photos/":
        path += next((out / path).glob("[0-9a-f]*.html")).name
    page.route(lambda url: url.endswith((".webp", ".avif")), lambda route: held.append(route))
    page.goto(path, wait_until="commit")
    until(page, "document.readyState !== 'loading' && document.images.length > 0")
    page.wait_for_timeout(200)
    before = page.evaluate(BOXES)
    assert held
    for route in held:
        route.continue_()
    page.unroute_all()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(BOXES) == before


@pytest.mark.parametrize(("width", "height"), [(320, 568), (1280, 400), (1920, 1080)])
def test_large_pictures_fit_the_window(browse: Browse, width: int, height: int) -> None:
    visit = browse(viewport={"width": width, "height": height})
    page = visit.page
    page.goto(FILTER)
    page.locator("main figure a:has(img)").first.click()
    box = page.locator("dialog.lightbox").bounding_box()
    picture = page.locator("dialog.lightbox img").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert picture["width"] / picture["height"] == pytest.approx(1, abs=0.02)
    assert page.evaluate("document.querySelector('dialog.lightbox').scrollHeight <= innerHeight")


def test_other_ways_to_open_a_link_are_left_alone(browse: Browse) -> None:
    visit = browse("http")
    visit.page.goto(FILTER)
    with visit.context.expect_page() as opened:
        visit.page.locator("main figure a:has(img)").first.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url("**/*.webp")
    assert visit.page.locator("dialog[open]").count() == 0


def test_without_scripts_a_picture_is_a_link_to_its_file(browse: Browse) -> None:
    visit = browse("http", java_script_enabled=False)
    visit.page.goto(FILTER)
    visit.page.locator("main figure a:has(img)").first.click()
    visit.page.wait_for_url("**/*.webp")


@pytest.mark.parametrize("leads", ["2.html", "filters-0.html#2"])
@pytest.mark.parametrize("place", ["file", "http"])
def test_a_link_that_names_a_filter_shows_its_picture(
    browse: Browse, place: str, leads: str
) -> None:
    visit = browse(place)
    page = visit.page
    page.goto("about/index.html")
    _add_link(visit, f"net0/features.1/{leads}")
    before = page.evaluate(SHIFTS)
    shown = page.locator(".preview")
    page.locator("#added").hover()
    shown.wait_for(state="visible")
    until(page, "document.querySelector('.preview img').naturalWidth > 0")
    assert shown.get_attribute("aria-hidden") == "true"
    shown.hover()
    page.wait_for_timeout(500)
    assert shown.is_visible()
    page.keyboard.press("Escape")
    assert not shown.is_visible()
    page.mouse.move(0, 0)
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.activeElement.blur()")
    page.locator("#added").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    shown.wait_for(state="visible")
    page.keyboard.press("Tab")
    shown.wait_for(state="hidden")
    assert page.evaluate(SHIFTS) == before
    assert visit.troubles == []


def _add_link(visit: Visit, path: str) -> None:
    address = json.dumps(visit.root + path)
    visit.page.evaluate(
        f"""const link = document.createElement('a'), rest = document.createElement('a');
        link.href = {address}; link.id = 'added'; link.textContent = 'features.1 / 2';
        rest.href = '#main'; rest.textContent = 'rest';
        document.querySelector('h1').after(link, ' ', rest);
        // The line that was added moves what follows it: two frames later that is on record.
        new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"""
    )


def test_links_that_show_a_picture_or_lead_elsewhere_have_none(browse: Browse) -> None:
    visit = browse()
    page = visit.page
    page.goto("net0/features.1/index.html")
    page.locator(".wall a").first.hover()
    page.wait_for_timeout(500)
    page.locator(".crumbs a").last.hover()
    page.wait_for_timeout(500)
    page.goto("about/index.html")
    _add_link(visit, "images/photos/0.html")
    page.locator("#added").hover()
    page.wait_for_timeout(500)
    assert page.locator(".preview").count() == 0
    assert visit.troubles == []


def test_a_touch_shows_no_preview(browse: Browse) -> None:
    visit = browse(has_touch=True)
    visit.page.goto("about/index.html")
    _add_link(visit, "net0/features.1/2.html")
    hold = """document.querySelector('#added').dispatchEvent(
        new PointerEvent('pointerover', {pointerType: 'touch', bubbles: true}))"""
    visit.page.evaluate(hold)
    visit.page.wait_for_timeout(500)
    assert visit.page.locator(".preview").count() == 0
