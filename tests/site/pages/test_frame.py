"""What every page has around it: a description, the way up, search, help, one's own words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest


def made(**given: Any) -> dict[str, str]:
    """All HTML pages of a small site, with ``given`` in its manifest."""
    manifest, _ = synthetic_manifest(layers=3, filters=4, probes=2, hypotheses=3)
    found = pages({**manifest, **given})
    return {path: written(content) for path, content in found if path.endswith(".html")}


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return made()


def test_every_page_says_in_words_of_its_own_what_it_is(site: dict[str, str]) -> None:
    told: dict[str, str] = {}
    for path, page in site.items():
        if 'http-equiv="refresh"' in page or "<footer" not in page:
            continue
        [text] = re.findall(r'<meta name="description" content="([^"]+)">', page)
        assert len(text) > 15, path
        assert text not in told, (path, told.get(text))
        told[text] = path


def test_every_page_but_home_has_one_way_up(site: dict[str, str]) -> None:
    for path, page in site.items():
        if "<footer" in page and path != "404.html":
            assert page.count('rel="up"') == (path != "index.html"), path


def test_every_page_leads_to_search_help_and_about(site: dict[str, str]) -> None:
    for path, page in site.items():
        if "<footer" in page and path != "404.html":
            root = "../" * path.count("/")
            for place in ("search", "help", "about"):
                assert f'href="{root}{place}/index.html"' in page, path


def test_the_scheme_is_chosen_before_anything_is_drawn(site: dict[str, str]) -> None:
    page = site["index.html"]
    [script] = re.findall(r'<script src="static/theme\.[0-9a-f]{8}\.js"></script>', page)
    assert page.index(script) < page.index('<link rel="stylesheet"') < page.index("<body>")
    assert all(" defer " in tag for tag in re.findall("<script[^>]*>", page) if "theme" not in tag)


def test_the_logo_own_pages_and_the_footer_stand_on_every_page() -> None:
    logo = {"file": "images/logo.svg", "width": 48, "height": 24}
    own = [{"title": "On <these>", "href": "on/index.html", "html": "<p>Words.</p>", "summary": ""}]
    page = made(logo=logo, pages=own, footer="<p>By <b>us</b>.</p>")["net0/features.1/2.html"]
    assert '<img src="../../images/logo.svg" width="48" height="24" alt="">' in page
    assert '<a href="../../on/index.html">On &lt;these&gt;</a>' in page
    assert "<p>By <b>us</b>.</p>" in page.partition("<footer")[2]


def test_scripts_of_all_pages_are_small() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=2)
    files = dict(pages(manifest))
    page = written(files["index.html"])
    loaded = re.findall(r'<script [^>]*src="([^"]+)"', page)
    assert sum(len(files[file]) for file in loaded) < 30_000
    names = [re.sub(r"\.[0-9a-f]{8}", "", file).removeprefix("static/") for file in loaded]
    assert names == ["theme.js", "atlas.js"]
