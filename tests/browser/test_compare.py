"""The wall of all pairs of a layer in a real browser: sorted, chosen from, walked over."""

from __future__ import annotations

from typing import Any

import pytest

from support.browsing import Browse, until
from support.made_up_comparison import with_comparison
from support.synthetic import Manifest, Read, synthetic_manifest

pytestmark = pytest.mark.browser

PAGE = "compare/net0--net1/features.1.html"
SHOWN = """() => [...document.querySelectorAll('.couples > div')]
    .map(tile => parseInt(tile.querySelector('b').textContent))"""
ACTIVE = "document.activeElement.getAttribute('aria-label')"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    return with_comparison(synthetic_manifest(networks=2, layers=2, filters=40, images=4, top=2))


@pytest.fixture(scope="module")
def pairs(made: tuple[Manifest, Read]) -> list[dict[str, Any]]:
    """The pairs in the order of the page."""
    found: list[dict[str, Any]] = made[0]["compare"]["pairs"][0]["layers"][1]["pairs"]
    return found


def indices(pairs: list[dict[str, Any]]) -> list[int]:
    return [pair["after"]["index"] for pair in pairs]


def test_pairs_are_sorted_and_chosen(browse: Browse, pairs: list[dict[str, Any]]) -> None:
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto(PAGE)
    assert visit.page.evaluate(SHOWN) == indices(pairs)
    visit.page.select_option("[name=sort]", "index")
    until(visit.page, "document.querySelector('.couples b').textContent === '0'")
    assert visit.page.evaluate(SHOWN) == list(range(40))
    visit.page.select_option("[name=state]", "died")
    until(visit.page, "document.querySelectorAll('.couples > div').length < 40")
    assert visit.page.evaluate(SHOWN) == [3, 11, 19, 27, 35]
    assert visit.page.inner_text(".chooser output") == "5 of 40 pairs"
    assert "0.71 × 1.2" in visit.page.inner_text(".couples")  # all numbers stay
    visit.page.get_by_role("button", name="clear").click()
    until(visit.page, "document.querySelectorAll('.couples > div').length === 40")
    assert visit.page.evaluate(SHOWN) == indices(pairs)
    visit.page.select_option("[name=sort]", "correlation")
    known = sorted((p for p in pairs if p["correlation"]), key=lambda p: -p["correlation"])
    until(visit.page, "document.querySelector('.couples b').textContent === '0'")
    assert visit.page.evaluate(SHOWN)[: len(known)] == indices(known)
    assert visit.troubles == []


def test_arrows_lead_over_both_pictures_of_each_pair(browse: Browse) -> None:
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto(f"{PAGE}#sort=index")
    until(visit.page, "document.querySelector('.couples b').textContent === '0'")
    visit.page.locator(".couples a").first.focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate(ACTIVE) == "0 after"
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate(ACTIVE) == "1 before"
    columns = visit.page.evaluate(
        "getComputedStyle(document.querySelector('.couples')).gridTemplateColumns.split(' ').length"
    )
    visit.page.keyboard.press("ArrowDown")
    assert visit.page.evaluate(ACTIVE) == f"{1 + columns} before"
    assert visit.page.locator(".couples a[tabindex='0']").count() == 1
