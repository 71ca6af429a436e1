"""Shortcuts, the choice of colours and the frame of all pages in a real browser."""

from __future__ import annotations

import pytest

from support.browsing import Browse
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_effects import with_effects

pytestmark = pytest.mark.browser

FILTER = "net0/features.1/2.html"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    return with_effects(synthetic_manifest(layers=3, filters=8, probes=2))


WAYS = [
    (FILTER, "n", "net0/features.1/3.html"),
    (FILTER, "ArrowRight", "net0/features.1/3.html"),
    (FILTER, "p", "net0/features.1/1.html"),
    (FILTER, "ArrowLeft", "net0/features.1/1.html"),
    (FILTER, "u", "net0/features.1/index.html"),
    (FILTER, "h", "index.html"),
    ("net0/features.1/index.html", "n", "net0/features.2/index.html"),
    ("net0/features.1/index.html", "p", "net0/features.0/index.html"),
    ("net0/features.1/index.html", "u", "net0/index.html"),
    ("net0/index.html", "u", "index.html"),
    ("probes/probe0/index.html", "n", "probes/probe1/index.html"),
    ("probes/probe0/net0/index.html", "ArrowRight", "probes/probe1/net0/index.html"),
    ("probes/probe0/net0/index.html", "u", "probes/probe0/index.html"),
    ("net0/classes/bannister.html", "n", "net0/classes/cassette.html"),
    ("net0/classes/cassette.html", "ArrowLeft", "net0/classes/bannister.html"),
    ("net0/classes/bannister.html", "ArrowRight", "net0/classes/cassette.html"),
    ("net0/classes/bannister.html", "u", "net0/classes/index.html"),
    ("net0/classes/index.html", "u", "net0/index.html"),
    ("help/index.html", "u", "index.html"),
]
"""Where one is, what one presses, where it leads."""


@pytest.mark.parametrize("place", ["file", "http"])
def test_every_key_leads_where_it_says(browse: Browse, place: str) -> None:
    visit = browse(place)
    for start, key, end in WAYS:
        visit.page.goto(start)
        visit.page.keyboard.press(key)
        visit.page.wait_for_url(end)
        assert visit.page.url != visit.root + start
    assert visit.troubles == []


def test_keys_do_nothing_where_there_is_nowhere_to_go(browse: Browse) -> None:
    visit = browse("http")
    for start, keys in (("index.html", "npu"), ("net0/features.1/0.html", "p")):
        visit.page.goto(start)
        for key in keys:
            visit.page.keyboard.press(key)
        visit.page.wait_for_timeout(200)
        assert visit.page.url == visit.root + start
    assert visit.troubles == []


STAYS = [("Control", "u"), ("Alt", "n"), ("Meta", "p"), ("Shift", "ArrowRight")]


@pytest.mark.parametrize(("modifier", "key"), STAYS)
def test_keys_of_browsers_are_left_to_them(browse: Browse, modifier: str, key: str) -> None:
    visit = browse("http")
    visit.page.goto(FILTER)
    visit.page.evaluate("addEventListener('keydown', e => { window.left = !e.defaultPrevented })")
    visit.page.keyboard.press(f"{modifier}+{key}")
    assert visit.page.evaluate("window.left") is True
    visit.page.wait_for_timeout(200)
    assert visit.page.url.endswith(FILTER)


def test_keys_typed_in_fields_are_text(browse: Browse) -> None:
    visit = browse("http")
    page = visit.page
    page.goto("search/index.html")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("nuhp/?")
    assert page.get_by_role("searchbox").input_value() == "nuhp/?"
    page.keyboard.press("ArrowLeft")
    assert "search/index.html" in page.url
    assert page.locator("dialog").count() == 0


def test_a_widget_that_answers_to_an_arrow_keeps_it(browse: Browse) -> None:
    keep = "document.querySelector('h1').addEventListener('keydown', e => e.preventDefault())"
    visit = browse("http")
    visit.page.goto(FILTER)
    visit.page.evaluate(keep)
    visit.page.evaluate("document.querySelector('h1').tabIndex = 0")
    visit.page.locator("h1").press("ArrowRight")
    visit.page.get_by_role("checkbox").first.press("ArrowRight")
    visit.page.wait_for_timeout(200)
    assert visit.page.url.endswith(FILTER)


@pytest.mark.parametrize("place", ["file", "http"])
def test_shortcuts_can_be_switched_off_and_on_again(browse: Browse, place: str) -> None:
    visit = browse(place)
    page = visit.page
    page.goto(FILTER)
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.get_by_role("checkbox", name="single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.reload()
    for key in ("n", "ArrowRight", "/", "?", "u"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.url.endswith(FILTER)
    assert page.locator("dialog[open]").count() == 0
    page.goto("help/index.html")
    page.get_by_role("checkbox", name="single-key shortcuts").check()
    page.goto(FILTER)
    page.keyboard.press("n")
    page.wait_for_url("**/net0/features.1/3.html")
    assert visit.troubles == []


def test_the_dialog_and_the_help_page_list_the_same_keys(browse: Browse) -> None:
    visit = browse()
    visit.page.goto("help/index.html")
    listed = visit.page.locator("main .keys > div").all_inner_texts()
    visit.page.keyboard.press("?")
    shown = visit.page.locator("dialog.keys dl > div").all_inner_texts()
    assert len(listed) > 5
    assert [text.split() for text in listed] == [text.split() for text in shown]


GROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(244, 244, 243)", "rgb(22, 22, 22)"


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("place", ["file", "http"])
def test_the_choice_of_colours_is_remembered(browse: Browse, place: str, system: str) -> None:
    visit = browse(place, color_scheme=system)
    page, own = visit.page, LIGHT if system == "light" else DARK
    page.goto("index.html")
    for name, ground in (("automatic", own), ("light", LIGHT), ("dark", DARK)):
        button = page.get_by_role("button", name=f"Colours: {name}")
        assert button.is_visible()
        assert page.evaluate(GROUND) == ground
        page.goto(FILTER)
        assert page.evaluate(GROUND) == ground
        button.click()
    assert page.evaluate(GROUND) == own
    assert visit.troubles == []


def test_no_page_flashes_in_the_other_scheme(browse: Browse) -> None:
    """The choice stands before anything of the body is there."""
    watch = """new MutationObserver((_, all) => {
        if (!document.body) return;
        window.early = document.documentElement.dataset.scheme;
        all.disconnect();
    }).observe(document, {childList: true, subtree: true})"""
    visit = browse("http", color_scheme="light")
    visit.page.goto("")
    visit.page.evaluate("localStorage.setItem('convatlas-scheme', 'dark')")
    visit.page.add_init_script(watch)
    visit.page.goto(FILTER)
    assert visit.page.evaluate("window.early") == "dark"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_without_scripts_there_are_links_and_the_scheme_of_the_system(
    browse: Browse, system: str
) -> None:
    options = {"java_script_enabled": False, "color_scheme": system}
    visit = browse("http", **options)
    page = visit.page
    page.goto(FILTER)
    assert page.evaluate(GROUND) == (LIGHT if system == "light" else DARK)
    assert not page.locator("button.scheme").is_visible()
    page.get_by_role("link", name="Help").click()
    page.wait_for_url("**/help/index.html")
    assert not page.get_by_role("checkbox").is_visible()
    for name, end in (("About", "about/index.html"), ("Search", "search/index.html")):
        page.get_by_role("navigation", name="Site").get_by_role("link", name=name).click()
        page.wait_for_url("**/" + end)
    assert visit.troubles == []


def test_a_browser_that_keeps_nothing_shows_all_the_same(browse: Browse) -> None:
    forbid = """Object.defineProperty(window, 'localStorage', {
        get() { throw new DOMException('denied', 'SecurityError'); } })"""
    visit = browse("http", color_scheme="light")
    visit.page.add_init_script(forbid)
    visit.page.goto(FILTER)
    visit.page.get_by_role("button", name="Colours: automatic").click()
    visit.page.get_by_role("button", name="Colours: light").click()
    assert visit.page.evaluate(GROUND) == DARK
    visit.page.keyboard.press("?")
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("n")
    visit.page.wait_for_url("**/net0/features.1/3.html")
    assert visit.troubles == []
