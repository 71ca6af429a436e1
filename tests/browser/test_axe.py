"""axe-core on every kind of page: the rules of WCAG 2.2 AA that a program can check, and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.browsing import Visit, axe, fail_with, on_disk
from support.gate_site import GateSite

pytestmark = pytest.mark.browser


def search(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("bannister")
    page.locator("dialog[open] a").first.wait_for()


def lightbox(page: Any) -> None:
    page.locator("main a[href$='.webp']:has(img)").first.click()


OVER: Mapping[str, Callable[[Any], None]] = {
    "search": search,
    "shortcuts": lambda page: page.keyboard.press("?"),
    "lightbox": lightbox,
}
"""What opens over a filter's page, and how."""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_violates_a_rule(
    browser: Any, gate: GateSite, gathered: GateSite, scheme: str, width: int
) -> None:
    found = {}
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    for out, pages in (gate, gathered) if scheme == "light" else (gate,):
        with Visit(browser, on_disk(out), **options) as visit:
            for kind, path in pages.items():
                visit.page.goto(path)
                found[kind] = axe(visit.page)
    fail_with(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", OVER)
def test_what_opens_over_a_page_violates_no_rule(
    browser: Any, gate: GateSite, name: str, scheme: str
) -> None:
    with Visit(browser, on_disk(gate.out), color_scheme=scheme) as visit:
        visit.page.goto(gate.pages["filter"])
        OVER[name](visit.page)
        visit.page.locator("dialog[open]").wait_for()
        assert axe(visit.page) == []
        visit.page.keyboard.press("Escape")
        visit.page.locator("dialog[open]").wait_for(state="detached")
        assert visit.troubles == []


def test_axe_finds_what_is_wrong(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<img src='icon.svg'><a href='#'></a>", "utf-8")
    with Visit(browser, on_disk(tmp_path)) as visit:
        visit.page.goto("page.html")
        rules = {found.split(":")[0] for found in axe(visit.page)}
    assert {"image-alt", "link-name", "html-has-lang", "document-title"} <= rules
