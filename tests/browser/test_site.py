"""Every kind of page in a real browser: nothing blocked, nothing missing, nothing sticking out.

The rows have every width, and bring place, scheme and way together, each with each other;
``benchmarks/sweep.py`` does all combinations.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from convatlas.site.check.check import check
from support.browsing import Browse, Visit, both, dead_links, fail_with, faults, on_disk
from support.gate_site import MISSING, GateSite

pytestmark = pytest.mark.browser

ROWS = [
    (320, "file", "light", True),
    (320, "http", "dark", False),
    (768, "file", "dark", False),
    (360, "http", "dark", True),
    (1280, "http", "light", True),
    (1920, "file", "light", False),
]


Row = tuple[int, str, str, bool]


@pytest.fixture(scope="module")
def out(gate: GateSite) -> Path:
    return gate.out


def look(browser: Any, roots: Mapping[str, str], pages: Mapping[str, str], row: Row) -> None:
    """Open each kind of page in one way."""
    width, place, scheme, script = row
    options = {"color_scheme": scheme, "java_script_enabled": script}
    with Visit(browser, roots[place], viewport={"width": width, "height": 800}, **options) as visit:
        fail_with({kind: lasting(visit, path, script) for kind, path in pages.items()})


def lasting(visit: Visit, path: str, script: bool) -> list[str]:
    """What is wrong with a page both times that it is opened.

    Where a machine has other things to do, a page is painted before it has been read, and moves.
    """
    found = faults(visit, path, script)
    again = faults(visit, path, script) if found else []
    return [each for each in found if each in again]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(map(str, row)))
def test_pages_are_whole_and_quiet_and_fit(
    browser: Any, gate: GateSite, roots: Mapping[str, str], row: Row
) -> None:
    look(browser, roots, gate.pages, row)


def test_pages_of_many_filters_are_no_worse(browser: Any, gathered: GateSite) -> None:
    with both(gathered.out) as roots:
        for row in ROWS[::2]:  # both places, schemes and ways, narrow and wide
            look(browser, roots, gathered.pages, row)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_host_shows_where_there_is_no_page(browse: Browse, scheme: str) -> None:
    visit = browse("http", color_scheme=scheme)
    wrong = faults(visit, MISSING, True)
    assert [each for each in wrong if "404" not in each] == []
    visit.page.get_by_role("main").get_by_role("link", name="net1").click()
    visit.page.wait_for_url("**/some/repo/net1/index.html")


def test_every_link_leads_somewhere(browser: Any, gate: GateSite, gathered: GateSite) -> None:
    """Those that scripts make too; of all pages, those in the files."""
    found = {}
    for out, pages in (gate, gathered):
        found["check"] = check(out).findings
        with Visit(browser, on_disk(out)) as visit:
            for kind, path in pages.items():
                visit.page.goto(path)
                found[kind] = dead_links(visit.page, out)
        fail_with(found)


def test_light_and_dark_differ(browse: Browse, gate: GateSite) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        visit = browse(color_scheme=scheme)
        visit.page.goto(gate.pages["filter"])
        backgrounds.append(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert backgrounds == ["rgb(244, 244, 243)", "rgb(22, 22, 22)"]


def test_one_can_walk_by_keyboard_from_home_to_a_filter_and_on(
    browse: Browse, gate: GateSite
) -> None:
    visit = browse("http")
    page = visit.page
    page.goto("")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.get_by_role("link", name="net0", exact=True).press("Enter")
    page.get_by_role("link", name="features.1", exact=True).first.press("Enter")
    page.locator(".wall").get_by_role("link", name="1", exact=True).press("Enter")
    page.get_by_role("link", name="Next filter").press("Enter")
    page.wait_for_url("**/net0/features.1/2.html")
    page.locator(".tops a").first.press("Enter")
    page.wait_for_url("**/images/photos/*.html")
    assert visit.troubles == []


def test_kernels_and_pictures_in_plain_pixels_are_not_smoothed(
    browse: Browse, gate: GateSite
) -> None:
    visit = browse()
    visit.page.goto(gate.pages["filter"])
    for part in (".slices svg", ".big img"):
        style = f"getComputedStyle(document.querySelector('{part}')).imageRendering"
        assert visit.page.evaluate(style) == "pixelated"
