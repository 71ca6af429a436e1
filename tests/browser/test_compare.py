"""The wall of all pairs of a layer in a real browser: sorted, chosen from, walked over."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.site.exports.grid_js import hue
from convatlas.site.pages.compare_layer import STILL
from support.browsing import Browse, until
from support.made_up_comparison import with_comparison
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_effects import with_effects

pytestmark = pytest.mark.browser

PAGE = "compare/net0--net1/features.1.html"
SHOWN = """() => [...document.querySelectorAll('.couples > div')]
    .map(tile => parseInt(tile.querySelector('b').textContent))"""
ACTIVE = "document.activeElement.getAttribute('aria-label')"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    made = synthetic_manifest(networks=2, layers=2, filters=40, images=4, top=2, sprites=True)
    for place, layer in enumerate(network["layers"][1] for network in made[0]["networks"]):
        for filter in layer["filters"]:
            if filter["examples"]:
                filter["examples"]["selectivity"] = (filter["index"] * (place + 3) % 17) / 17
            filter["hue"] = filter["index"] * (place + 7) % 360 if filter["index"] % 5 else None
    return with_comparison(with_effects(made))


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
    until(visit.page, "document.querySelectorAll('.couples > div').length === 40")
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


def test_a_script_makes_the_pairs_that_the_page_leaves_out(
    browse: Browse, pairs: list[dict[str, Any]]
) -> None:
    """They are like those that the page has, which has all of them where there are few."""
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto(PAGE)
    until(visit.page, "document.querySelectorAll('.couples > div').length === 40")
    assert visit.page.evaluate(SHOWN) == indices(pairs)
    told = visit.page.evaluate("[...document.querySelectorAll('.couples p')].map(p => p.innerText)")
    by_index = dict(zip(indices(pairs), [" ".join(text.split()) for text in told], strict=True))
    places = {pair["after"]["index"]: place for place, pair in enumerate(pairs)}
    assert places[10] >= STILL and places[13] >= STILL
    assert (
        by_index[10] == "10 0.75 kernel 0.71 × 1.2, kept 9 of 9, bannister → cassette, effect 0.12"
    )
    assert by_index[13] == "13 unknown kernel –, kept 6 of 9, bannister → cassette"
    tile = visit.page.locator(".couples > div").nth(places[10])
    assert [link.get_attribute("aria-label") for link in tile.locator("a").all()] == [
        "10 before",
        "10 after",
    ]
    loaded = "[...document.querySelectorAll('.couples img')].every(image => image.complete)"
    tile.scroll_into_view_if_needed()
    until(visit.page, loaded)
    tile.locator("a").last.click()
    assert visit.page.url.endswith("net1/features.1/10.html")
    assert visit.troubles == []


def filters(made: tuple[Manifest, Read], pairs: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Both filters of each pair."""
    before, after = (network["layers"][1]["filters"] for network in made[0]["networks"])
    return [(before[pair["before"]["index"]], after[pair["after"]["index"]]) for pair in pairs]


def test_both_filters_of_a_pair_are_asked_for_their_classes_and_hues(
    browse: Browse, made: tuple[Manifest, Read], pairs: list[dict[str, Any]]
) -> None:
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto(f"{PAGE}#class-before=bannister&class-after=cassette")
    until(visit.page, "document.querySelector('.chooser output').textContent.includes('of 40')")
    became = [
        pair["after"]["index"]
        for pair in pairs
        if (pair["before"]["best"] or [""])[0] == "bannister"
        and (pair["after"]["best"] or [""])[0] == "cassette"
    ]
    assert visit.page.evaluate(SHOWN) == became
    assert 0 < len(became) < len(pairs)
    visit.page.get_by_role("button", name="clear").click()
    visit.page.select_option("[name=hue-before]", "orange")
    visit.page.select_option("[name=hue-after]", "yellow")
    until(visit.page, "document.querySelector('.chooser output').textContent.includes('of 40')")
    turned = [
        pair["after"]["index"]
        for pair, sides in zip(pairs, filters(made, pairs), strict=True)
        if [hue(filter) for filter in sides] == ["orange", "yellow"]
    ]
    assert visit.page.evaluate(SHOWN) == turned
    assert turned
    chosen = visit.page.inner_text("[name=hue-after] option:checked")
    assert chosen == f"yellow ({len(turned)})"
    assert visit.troubles == []


def test_pairs_are_sorted_by_the_growth_of_a_number(
    browse: Browse, made: tuple[Manifest, Read], pairs: list[dict[str, Any]]
) -> None:
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto(f"{PAGE}#sort=selectivity")
    until(visit.page, "document.querySelector('.couples.told')")
    known = [
        (after["examples"]["selectivity"] - before["examples"]["selectivity"], after["index"])
        for before, after in filters(made, pairs)
        if before["examples"] and after["examples"]
    ]
    grown = sorted(known, key=lambda each: -each[0])
    shown = visit.page.evaluate(SHOWN)[: len(grown)]
    by_index = {index: growth for growth, index in grown}
    assert [by_index[index] for index in shown] == pytest.approx([g for g, _ in grown], abs=2e-4)
    told = visit.page.get_attribute(".couples p", "data-growth")
    assert told == f"growth {grown[0][0]:.3g}"
    assert visit.troubles == []


def test_a_filter_s_page_shows_what_became_of_it(browse: Browse) -> None:
    visit = browse(viewport={"width": 1280, "height": 800})
    visit.page.goto("net0/features.1/10.html")
    until(visit.page, "document.querySelector('.then a :is(img, i)')")
    said = " ".join(visit.page.inner_text(".then").split())
    assert said.startswith("Now net1: correlation 0.75")
    visit.page.goto("net0/features.1/1.html")  # hardly changed
    assert visit.page.locator(".then a :is(img, svg, i)").count() == 0
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
