"""The search in a real browser: it finds all there is, and can be used by keyboard alone."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest

from support import search_oracle
from support.browsing import Browse, until
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_edits import with_edits
from support.synthetic_effects import with_effects

pytestmark = pytest.mark.browser

LABELS = ("Eskimo dog", "hot dog", "dogsled", "Café au lait", "T-shirt", "bulldog", "9 lives", None)
QUERIES = (
    *("dog", "DOG", "dogs", "hot dog", "sled", "cafe", "café", "t-shirt", "shirt", "9", "  ", "é"),
    *("features.1", "features.1 3", "features.1/3", "net1/features.0/7", "net0 dog", "atures 12"),
    *(
        "curve",
        "arc",
        "curve dog",
        "features.2 bull",
        "dog dog",
        "net1 dog",
        "net0/hot",
        "no label",
        "lait cafe",
        "none at all",
        "1",
        "12",
        "\\",
        '"',
    ),
)
FOUND = """async query => {
    const { hits, layers, classes, count } = await ATLAS.search(query);
    return { count, layers: layers.map(layer => layer.href),
        classes: classes.map(found => found.href), scores: hits.map(hit => hit.score),
        filters: hits.map(({ layer, place }) =>
            `${layer.href.replace('index.html', '')}${layer.number(place)}.html`) };
}"""

CLOSED = """() => {
    const link = document.activeElement;
    link.closest('dialog').close();
    link.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true}));
    return document.querySelector('dialog[open]')?.className;
}"""
"""Presses a key in the moment in which the search is closed; gives what is open then."""


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    """Labels are dealt out at random, so that filters differ in what they are found by."""
    manifest, read = synthetic_manifest(networks=2, layers=4, filters=16, images=16, labels=LABELS)
    draw = random.Random(3)
    for network in manifest["networks"]:
        for layer in network["layers"]:
            for filter in layer["filters"]:
                seen = filter["examples"]
                if seen:
                    seen["top"] = draw.sample(seen["top"], draw.randint(1, 4))
                    seen["classes"] = draw.sample(seen["classes"], min(2, len(seen["classes"])))
    first = manifest["networks"][0]["layers"]
    first[1]["filters"][2]["note"] = noted("curve detector", "Answers to arcs.")
    first[2]["filters"][5]["note"] = noted(None, "Hot dogs, as a joke.")
    return with_edits(with_effects((manifest, read)))


def noted(name: str | None, remark: str) -> dict[str, Any]:
    return {"name": name, "remark": remark, "text": remark}


@pytest.fixture(scope="module")
def manifest(made: tuple[Manifest, Read]) -> Manifest:
    return made[0]


@pytest.mark.parametrize("place", ["file", "http"])
def test_it_finds_what_there_is_and_nothing_else(
    browse: Browse, manifest: Manifest, place: str
) -> None:
    visit = browse(place)
    visit.page.goto("net0/features.1/2.html")
    for query in QUERIES:
        layers, filters = search_oracle.found(manifest, query)
        got = visit.page.evaluate(FOUND, query)
        assert set(got["layers"]) == layers, query
        assert got["classes"] == search_oracle.classes(manifest, query), query
        assert got["count"] == len(filters), query
        assert len(got["filters"]) == min(len(filters), 60), query
        assert set(got["filters"]) <= filters, query
        assert got["scores"] == sorted(got["scores"], reverse=True), query
    assert visit.troubles == []


def test_exact_numbers_come_first_then_notes_then_the_strongest_classes(
    browse: Browse, manifest: Manifest
) -> None:
    visit = browse()
    visit.page.goto("index.html")
    assert visit.page.evaluate(FOUND, "features.1/9 ")["filters"][0].endswith("features.1/9.html")
    nine = visit.page.evaluate(FOUND, "9")["filters"]
    assert all(path.endswith("/9.html") for path in nine[:8])
    hot = visit.page.evaluate(FOUND, "hot")["filters"]
    assert hot[0] == "net0/features.2/5.html"
    labels = search_oracle.search.labels(_filter(manifest, hot[1]))
    assert labels[0] == "hot dog"


def _filter(manifest: Manifest, path: str) -> dict[str, Any]:
    net, layer, page = path.split("/")
    layers = next(each for each in manifest["networks"] if each["slug"] == net)["layers"]
    filters = next(each for each in layers if each["slug"] == layer)["filters"]
    found: dict[str, Any] = filters[int(page.removesuffix(".html"))]
    return found


@pytest.mark.parametrize("place", ["file", "http"])
def test_one_can_search_by_keyboard_alone(browse: Browse, place: str) -> None:
    focused = "document.activeElement.textContent"
    visit = browse(place)
    page = visit.page
    page.goto("images/photos/index.html")
    page.keyboard.press("/")
    page.keyboard.type("features.1 dog")
    page.get_by_role("status").filter(has_text="filter").wait_for()
    shown = page.locator(".filters-found a")
    assert shown.count() > 3
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("features.1\u00a0/")
    first = page.evaluate(focused)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) != first
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("s")
    assert page.evaluate("document.activeElement.value") == "features.1 dogs"
    page.get_by_role("status").filter(has_text="filter").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("net1/features.0/7")
    page.get_by_role("status").filter(has_text="1 filter.").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/net1/features.0/7.html")
    assert visit.troubles == []


@pytest.mark.parametrize("place", ["file", "http"])
def test_a_class_is_found_and_enter_leads_there(browse: Browse, place: str) -> None:
    visit = browse(place)
    page = visit.page
    page.goto("net0/features.1/2.html")
    page.keyboard.press("/")
    page.keyboard.type("net1 dog")
    page.get_by_role("status").filter(has_text="3 classes").wait_for()
    found = page.get_by_role("list", name="Classes").get_by_role("link")
    assert found.all_inner_texts() == ["net1 / Eskimo dog", "net1 / hot dog", "net1 / dogsled"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "net1 / hot dog"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('ul').className") == "filters-found"
    page.get_by_role("searchbox").fill("dogsled")
    page.get_by_role("status").filter(has_text="2 classes").wait_for()
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/net0/classes/dogsled.html")
    assert page.locator("h1").inner_text() == "dogsled"
    assert visit.troubles == []


@pytest.mark.parametrize("place", ["file", "http"])
def test_an_edit_is_found_by_its_name_and_by_its_title(browse: Browse, place: str) -> None:
    visit = browse(place)
    page = visit.page
    page.goto("net0/features.1/2.html")
    for query, name in (("loss", "grey: loss of colour"), ("borde", "border: a black <border>")):
        page.keyboard.press("/")
        page.get_by_role("searchbox").fill(query)
        page.get_by_role("status").filter(has_text="1 page.").wait_for()
        found = page.get_by_role("list", name="Pages").get_by_role("link")
        assert found.all_inner_texts() == [name]
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/edits/border/index.html")
    assert visit.troubles == []


def test_right_after_the_search_has_closed_keys_are_shortcuts(browse: Browse) -> None:
    """The focus is still on a result then, until the page is drawn anew."""
    visit = browse()
    page = visit.page
    page.goto("index.html")
    page.keyboard.press("/")
    page.keyboard.type("dog")
    page.get_by_role("status").filter(has_text="filter").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(CLOSED) == "keys"
    assert page.evaluate("document.querySelector('dialog.search input').value") == "dog"


@pytest.mark.parametrize("place", ["file", "http"])
def test_the_address_of_the_search_page_holds_the_query(browse: Browse, place: str) -> None:
    visit = browse(place)
    page = visit.page
    page.goto("search/index.html?q=hot+dog")
    page.locator(".filters-found a").first.wait_for()
    assert not page.locator(".listing").is_visible()
    page.get_by_role("searchbox").fill("café & co")
    page.wait_for_url("**/search/index.html?q=caf%C3%A9+%26+co")
    page.get_by_role("status").filter(has_text="Nothing found.").wait_for()
    page.get_by_role("searchbox").fill("")
    page.wait_for_url("**/search/index.html")
    assert page.locator(".listing").is_visible()
    assert page.locator(".listing li a").count() == 8
    assert visit.troubles == []


def test_letters_among_the_results_go_into_the_field(browse: Browse) -> None:
    visit = browse()
    page = visit.page
    page.goto("search/index.html?q=hot")
    page.locator(".filters-found a").first.wait_for()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.localName") == "a"
    page.keyboard.press("h")
    page.wait_for_url("**/search/index.html?q=hoth")
    assert visit.troubles == []


@pytest.mark.parametrize(("within", "closed"), [(True, False), (False, True)])
def test_only_a_press_beside_the_search_closes_it(
    browse: Browse, within: bool, closed: bool
) -> None:
    visit = browse()
    page = visit.page
    page.goto("index.html")
    page.keyboard.press("/")
    box = page.locator("dialog[open]").bounding_box()
    page.mouse.click(box["x"] + (4 if within else -4), box["y"] + 4)
    assert page.locator("dialog[open]").count() == (0 if closed else 1)


def test_without_scripts_all_layers_are_listed(browse: Browse) -> None:
    visit = browse("http", java_script_enabled=False)
    page = visit.page
    page.goto("net0/features.1/2.html")
    page.get_by_role("link", name="Search").click()
    page.wait_for_url("**/search/index.html")
    page.get_by_role("searchbox").fill("dog")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search/index.html?q=dog")
    assert page.locator(".listing li a").count() == 8
    assert page.get_by_text("Searching needs JavaScript").is_visible()
    assert visit.troubles == []


def test_pictures_of_results_are_there(browse: Browse) -> None:
    visit = browse()
    page = visit.page
    page.goto("search/index.html?q=2")
    page.locator(".filters-found img").first.wait_for()
    until(page, "[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    page.get_by_role("searchbox").fill("features.3 5")
    page.get_by_role("status").filter(has_text="2 filters.").wait_for()
    assert page.locator(".filters-found .picture").first.text_content() == "5"
    assert visit.troubles == []


def test_what_the_help_page_proposes_is_found(browse: Browse) -> None:
    visit = browse()
    visit.page.goto("help/index.html")
    proposed = visit.page.locator("[aria-labelledby=search] dt").all_inner_texts()
    assert len(proposed) == 5
    for text in proposed:
        visit.page.goto(f"search/index.html?q={quote(text)}")
        until(visit.page, "document.querySelector('.filters-found a, .layers-found a')")
