"""The wall of a layer in a real browser: sorted, chosen from, walked over, linked to, and quick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from convatlas.site.exports.grid_js import wall
from convatlas.ui.paging import WALL
from support.browsing import Browse, Visit, on_disk, until
from support.gate_site import GateSite
from support.markup import written
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_effects import with_effects

pytestmark = pytest.mark.browser

FILTERS = 1100
PAGE = "net0/features.1/index.html"
SHOWN = """() => [...document.querySelectorAll('.wall > a')]
    .map(tile => parseInt(tile.getAttribute('href')))"""
ACTIVE = "parseInt(document.activeElement.getAttribute('href'))"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    """A layer of more filters than a page has tiles."""
    manifest, read = synthetic_manifest(
        layers=2, filters=FILTERS, images=6, top=2, made=16, variants=False, diverse=0, sprites=True
    )
    for layer in manifest["networks"][0]["layers"]:
        for filter in layer["filters"]:
            made = (filter["maximize"] or {}).get("positive")
            if made and made["ratio"]:
                made["ratio"] = (filter["index"] * 37 % 101) / 20
            if filter["examples"]:
                classes = filter["examples"]["classes"]
                turn = filter["index"] % len(classes)
                filter["examples"]["classes"] = [*classes[turn:], *classes[:turn]]
    return with_effects((manifest, read))


@pytest.fixture(scope="module")
def told(made: tuple[Manifest, Read]) -> dict[str, Any]:
    """What the wall tells of its filters."""
    return wall(made[0]["networks"][0]["layers"][1])


@pytest.fixture
def visit(browse: Browse) -> Iterator[Visit]:
    visit = browse(viewport={"width": 1280, "height": 800})
    yield visit
    assert visit.troubles == []


def opened(visit: Visit, state: str = "") -> Any:
    """The page in a state, once it shows it."""
    visit.page.goto(f"{PAGE}{state}", wait_until="load")
    if state:
        until(
            visit.page,
            "document.querySelector('.wall.told, [name=hue]:not([value=\"\"]):checked, .wall i')",
        )
        visit.page.wait_for_timeout(200)
    return visit.page


def ranked(told: dict[str, Any], key: str, reverse: bool = True) -> list[int]:
    """The places of all filters by brute force; those of which it is not known last."""
    values = told["keys"][key]
    known = [place for place, value in enumerate(values) if value is not None]
    rest = [place for place, value in enumerate(values) if value is None]
    return sorted(known, key=lambda place: -values[place] if reverse else values[place]) + rest


@pytest.mark.parametrize("key", ["highest", "ratio", "selectivity", "share", "similarity"])
def test_the_order_is_that_of_the_numbers(visit: Visit, told: dict[str, Any], key: str) -> None:
    page = opened(visit)
    page.select_option("[name=sort]", key)
    until(page, "document.querySelector('.wall').children[0].tabIndex === 0 && location.hash")
    page.wait_for_timeout(300)
    expected = ranked(told, key, reverse=key != "similarity")
    assert page.evaluate(SHOWN) == expected[:WALL]
    assert page.url.endswith(f"#sort={key}")
    assert page.inner_text(".chooser output") == "1–512 of 1,100 filters"
    page.get_by_role("button", name="1025–1100").first.click()
    page.wait_for_timeout(200)
    assert page.evaluate(SHOWN) == expected[2 * WALL :]
    assert "part=3" in page.url


def test_facets_choose_and_count(visit: Visit, told: dict[str, Any]) -> None:
    page = opened(visit)
    page.select_option("[name=state]", "always")
    until(page, "document.querySelectorAll('.wall > a').length < 512")
    always = [place for place, names in enumerate(told["states"]) if "always" in names.split()]
    assert page.evaluate(SHOWN) == always
    assert page.inner_text(".chooser output") == f"{len(always)} of 1,100 filters"
    page.locator("[name=hue][value=red]").check(force=True)
    both = [place for place in always if told["hues"][place] == "red"]
    assert page.evaluate(SHOWN) == both
    assert page.locator("[name=hue][value=red] + span b").inner_text() == str(len(both))
    page.locator("[name=hue][value='']").check(force=True)
    page.fill("[name=class]", told["classes"][told["labels"][always[0]]])
    classed = [place for place in always if told["labels"][place] == told["labels"][always[0]]]
    assert page.evaluate(SHOWN) == classed
    page.fill("[name=class]", "no such class")
    assert page.inner_text(".wall") == "No filter is like this."
    page.get_by_role("button", name="clear").click()
    until(page, "document.querySelectorAll('.wall > a').length === 512")
    assert page.evaluate(SHOWN) == list(range(WALL))
    assert "#" not in page.url


def test_ranges_of_any_column_choose(visit: Visit, told: dict[str, Any]) -> None:
    """A facet of another lens: the page offers ranges of the column "ratio" for "share"."""
    visit.page.route("**/features.1/index.html", as_though_of_ratio)
    page = opened(visit)
    low, high = 50, 100
    page.select_option("[name=ratio]", f"{low}-{high}")
    until(page, "document.querySelectorAll('.wall > a').length < 512")
    values = told["keys"]["ratio"]
    known = [place for place, value in enumerate(values) if value is not None]
    chosen = [place for place in known if low < 100 * values[place] <= high]
    assert 0 < len(chosen) < len(known)
    assert page.evaluate(SHOWN) == chosen
    label = page.locator(f"[name=ratio] option[value='{low}-{high}']").inner_text()
    assert label.endswith(f"({len(chosen)})")


def as_though_of_ratio(route: Any) -> None:
    page = Path(urlsplit(route.request.url).path)
    html = written(page.read_text()).replace('name="share"', 'name="ratio"')
    route.fulfill(body=html, content_type="text/html")


def test_filters_are_chosen_by_what_they_notice(browser: Any, gate: GateSite) -> None:
    """A choice of a lens whose values are states, of which a filter can have several."""
    with Visit(browser, on_disk(gate.out)) as visit:
        visit.page.goto(gate.pages["layer"])
        visit.page.select_option("[name=notices]", "n-border")
        until(visit.page, "document.querySelectorAll('.wall > a').length < 16")
        assert visit.page.evaluate(SHOWN) == list(range(0, 16, 2))
        visit.page.select_option("[name=blind-to]", "b-mirror")
        chosen = [index for index in range(0, 16, 2) if not index % 3]
        until(visit.page, f"document.querySelectorAll('.wall > a').length === {len(chosen)}")
        assert visit.page.evaluate(SHOWN) == chosen
        assert visit.troubles == []


def test_only_shares_are_shown_in_percent(visit: Visit, told: dict[str, Any]) -> None:
    assert told["percent"] == ["share"]
    page = opened(visit, "#sort=share")
    assert page.locator(".wall > a").first.inner_text().endswith(" %")
    page = opened(visit, "#sort=selectivity")
    assert not page.locator(".wall > a").first.inner_text().endswith("%")


def test_the_hash_brings_a_state_back(visit: Visit, told: dict[str, Any]) -> None:
    page = opened(
        visit, "#sort=ratio&reversed=yes&hue=red&view=examples&size=small&junk=1&state=odd"
    )
    red = [place for place, hue in enumerate(told["hues"]) if hue == "red"]
    values = told["keys"]["ratio"]
    known = [place for place in red if values[place] is not None]
    expected = sorted(known, key=lambda place: values[place]) + [p for p in red if p not in known]
    assert page.evaluate(SHOWN) == expected
    assert page.locator(".wall > a > i").count() == len(red)
    assert page.evaluate("document.querySelector('.wall').dataset.size") == "small"
    page.evaluate("location.hash = '#sort=highest'")
    page.wait_for_timeout(300)
    assert page.evaluate(SHOWN) == ranked(told, "highest")[:WALL]
    page.evaluate("location.hash = '#recipe'")
    page.wait_for_timeout(100)
    assert page.evaluate(SHOWN) == ranked(told, "highest")[:WALL]


def test_a_view_shows_each_filter_its_own_tile(visit: Visit) -> None:
    page = opened(visit, "#view=kernels")
    place = "document.querySelector('.wall > a[href=\"{}.html\"] i').style.background"
    first, late = page.evaluate(place.format(17)), page.evaluate(place.format(500))
    assert "kernels-0" in first
    assert "kernels-1" in late
    assert "6.66667% 6.66667%" in first  # the second column and row of 16


def test_arrows_go_from_tile_to_tile(visit: Visit) -> None:
    page = opened(visit)
    page.locator(".wall > a").first.focus()
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.wall')).gridTemplateColumns.split(' ').length"
    )
    for key, index in [
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", WALL - 1),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(ACTIVE) == index, key
    assert page.locator(".wall > a[tabindex='0']").count() == 1
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/features.1/0.html")


def test_pages_stay_small_and_nothing_moves(visit: Visit) -> None:
    page = opened(visit, "#sort=ratio")
    assert page.locator(".wall > *").count() == WALL
    assert page.evaluate("document.querySelectorAll('*').length") <= 5000
    moved = """() => new Promise(done => {
        new PerformanceObserver(list => done(list.getEntries()
            .filter(entry => !entry.hadRecentInput).flatMap(entry => entry.sources)
            .map(({node}) => node?.outerHTML?.slice(0, 90))))
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done([]), 300);
    })"""
    assert page.evaluate(moved) == []


def test_without_scripts_there_is_the_wall_and_no_form(browse: Browse) -> None:
    visit = browse(java_script_enabled=False)
    visit.page.goto(PAGE)
    assert visit.page.locator(".wall > a").count() == WALL
    assert not visit.page.locator(".chooser").is_visible()
    assert visit.page.get_by_role("link", name="1024–1099").count() == 2


def test_a_class_that_is_chosen_leads_to_its_page(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{PAGE}#class=Bannister")
    link = page.locator("output a")
    assert link.inner_text() == "bannister"
    page.get_by_label("best class").fill("annist")
    until(page, "!document.querySelector('output a')")
    page.get_by_label("best class").fill("cassette")
    link.click()
    page.wait_for_url("**/net0/classes/cassette.html")
