"""One's own pages and the page for no page, in a real browser."""

from __future__ import annotations

import re
from bisect import bisect
from pathlib import Path

import pytest
from PIL import Image

from convatlas.site.publish import publish
from support.browsing import Browse, axe, dead_links, faults
from support.customized import customized, parsed
from support.synthetic import synthetic_manifest

pytestmark = pytest.mark.browser

ATLAS = """
models: [{name: net0, source: x:y}]
notes: {net0/features.1/4: {name: rows, remark: "As [2](atlas:net0/features.1/2), *nearly*."}}
site:
  url: https://example.org/some/repo
  logo: logo.png
  footer: "By [us](https://us.org)"
  extra: [{title: A tour, file: tour.md}]
  highlights: [{filter: net0/features.1/2, text: Windows}]
"""
TOUR = """
From [here](atlas:net0/features.1) [on](#next), with `code`, [a very long address][1] and

![a picture](picture.png)

## Next

| a column | another column | a third column | and a fourth | a fifth | a sixth column |
|----------|---------------:|:--------------:|--------------|---------|----------------|
| 1        | 2              | 3              | 4            | 5       | a-word-of-some-length      |

| b |
|---|
| [c](#next) |

- one
  1. two
  2. [three](https://example.org)

> a quotation

    averyveryveryverylongwordincodethatdoesnotfitintoalineofaphone = 1

<script>document.title = "bad"</script>

[1]: https://example.org/a/very/long/address/that/would/stick/out/of/the/page/if/it/could
"""
PAGES = ("about/A-tour.html", "about/glossary.html", "about/index.html", "net0/features.1/4.html")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "tour.md").write_text(TOUR)
    Image.new("RGB", (900, 300), (120, 90, 200)).save(folder / "picture.png")
    Image.new("RGB", (64, 32)).save(folder / "logo.png")
    manifest, read = customized(synthetic_manifest(layers=2, filters=8), parsed(ATLAS, folder))
    publish(manifest, read, folder / "site")
    return folder / "site"


@pytest.mark.parametrize(
    ("place", "width", "scheme"),
    [
        ("file", 320, "light"),
        ("http", 320, "dark"),
        ("http", 1280, "light"),
        ("file", 1280, "dark"),
    ],
)
def test_own_pages_are_whole_and_fit(
    browse: Browse, out: Path, place: str, width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    visit = browse(place, **options)
    for path in PAGES:
        assert faults(visit, path, True) == [], path
        assert visit.page.title() != "bad"
        if place == "file":
            assert dead_links(visit.page, out) == [], path


@pytest.mark.parametrize("width", [320, 1280])
def test_the_logo_stays_while_the_rest_of_the_header_comes(
    browse: Browse, out: Path, width: int
) -> None:
    """A browser may draw what it has got of a page, here up to the end of every other tag."""
    whole = (out / PAGES[0]).read_text()
    ends = [match.end() for match in re.finditer(">", whole)]
    logo, header = (ends[bisect(ends, whole.index(tag))] for tag in ("<img", "</header"))
    visit = browse("http", viewport={"width": width, "height": 800})
    sent, places = [""], []
    visit.page.route("**/*.html", lambda route: route.fulfill(body=sent[0]))
    for end in ends[ends.index(logo) : ends.index(header) + 1 : 2]:
        sent[0] = whole[:end]
        visit.page.goto(PAGES[0])
        places.append(visit.page.locator(".crumbs img").bounding_box())
    assert len(places) > 10
    assert all(place == places[0] for place in places)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_pages_break_no_rule_of_accessibility(browse: Browse, scheme: str) -> None:
    visit = browse(color_scheme=scheme)
    for path in PAGES[:3]:
        visit.page.goto(path)
        assert axe(visit.page) == [], path


def test_the_page_for_no_page_is_whole_at_any_depth(browse: Browse) -> None:
    visit = browse("http")
    for path in ("gone.html", "net0/gone/17.html", "a/b/c/d/e"):
        answer = visit.page.goto(path)
        assert answer.status == 404
        heading = visit.page.locator("h1")
        assert heading.text_content() == "There is no page at this address"
        size = heading.evaluate("e => getComputedStyle(e).fontSize")
        assert size == "24px"  # the style sheet was found
        visit.page.get_by_role("link", name="net0", exact=True).click()
        assert visit.page.url == f"{visit.root}net0/index.html"
    others = [each for each in visit.troubles if "404" not in each]
    assert others == []
