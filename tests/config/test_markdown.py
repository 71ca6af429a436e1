"""Markdown is made into HTML that holds nothing but what Markdown can say."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.config.markdown import Target, line, page, summary, targets, words

TEXT = {"p", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "br"}
ELEMENTS = TEXT | {"h2", "h3", "h4", "h5", "h6", "img"}
ELEMENTS |= {"div", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"href", "rel", "title", "src", "alt", "width", "height", "loading", "class", "id"}
ATTRIBUTES |= {"start", "role", "aria-label", "tabindex"}

BAD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '[a](https://x "onclick=alert(1)")',
    '[a](https://x/"onclick="alert(1))',
    '![a"onerror="alert(1)](p.png)',
    "[a]: javascript:alert(1)\n\n[a]",
    "<!-- x --><style>p {}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    '```"onclick=alert(1)\nx\n```',
    "| a |\n|:-:|\n| <b onclick=x> |",
    "<iframe src=//x>\n\n<svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def show(address: str) -> dict[str, str | int]:
    return {"src": "shown.png", "width": 8, "height": 4}


def link(address: str) -> str:
    return "there.html"


def assert_harmless(html: str) -> None:
    parser = _Elements()
    parser.feed(html)
    for tag, attributes in parser.seen:
        assert tag in ELEMENTS, html
        assert attributes.keys() <= ATTRIBUTES, html
        target = attributes.get("href") or "there.html"
        assert target == "there.html" or target.lower().startswith(("http", "mailto:")), html
        assert attributes.get("src", "shown.png") == "shown.png", html


@pytest.mark.parametrize("text", BAD)
def test_nothing_harmful_comes_through(text: str) -> None:
    assert_harmless(page(text, link, show))
    if not any(target.kind == "picture" for target in targets(text, block=False)):
        assert_harmless(line(text, link))


@given(
    st.lists(st.sampled_from([*BAD, "\n", "\n\n", "    ", "> ", "- ", "*", "`", "|", "[", "]("]))
)
def test_nothing_harmful_comes_through_in_any_mixture(parts: list[str]) -> None:
    assert_harmless(page("".join(parts), link, show))


@given(st.text(alphabet="<>&\"'[]()!`*_#|:-\\ \n\tajsx/:=;0"))
def test_nothing_harmful_comes_through_of_any_text(text: str) -> None:
    assert_harmless(page(text, link, show))
    summary(text)
    words(text)


def test_a_page_has_headings_below_its_own_with_ids_of_their_own() -> None:
    html = page("# One *two*\n\n## Main\n\n# One two\n\n###### Deep\n\n# !?\n", link, show)
    assert '<h2 id="one-two">One <em>two</em></h2>' in html
    assert '<h3 id="main-2">Main</h3>' in html  # the frame of the page has `main`
    assert '<h2 id="one-two-2">' in html
    assert '<h6 id="deep">' in html
    assert '<h2 id="section">!?</h2>' in html
    assert page("## Two\n\n### Three\n", link, show).startswith('<h2 id="two">')


def test_tables_have_no_styles_and_scroll_by_themselves() -> None:
    html = page("| a | b |\n|---|--:|\n| 1 | 2 |\n", link, show)
    assert '<td class="right">2</td>' in html
    assert "style" not in html
    assert '<div class="scroll" role="group" aria-label="Table" tabindex="0">\n<table>' in html


def test_links_outwards_say_so_and_others_are_led() -> None:
    asked = []

    def led(address: str) -> str:
        asked.append(address)
        return "x.html"

    html = line("[a](https://b.c) [d](mailto:e@f.g) [h](atlas:n/l/3)", led)
    assert '<a href="https://b.c" rel="external">a</a>' in html
    assert '<a href="mailto:e@f.g" rel="external">d</a>' in html
    assert '<a href="x.html">h</a>' in html
    assert asked == ["atlas:n/l/3"]


def test_pictures_get_their_attributes() -> None:
    html = page("![a *b*](p.png)", link, show)
    assert '<img src="shown.png" alt="a b" width="8" height="4" loading="lazy">' in html


def test_targets_tell_their_lines() -> None:
    text = "one\n[a](b)\n\n- x\n- ![c](d.png)\n\n| t |\n|---|\n| [e](f) |\n"
    assert targets(text) == [
        Target("link", "b", 2),
        Target("picture", "d.png", 5),
        Target("link", "f", 9),
    ]


def test_words_and_summaries_are_what_a_reader_reads() -> None:
    assert words("A *sharp* `edge` &amp; [more](https://x)\nhere") == "A sharp edge & more here"
    assert summary("# Title\n\n- a list\n\nThe **first**\nparagraph.\n\nMore.") == (
        "The first paragraph."
    )
    assert summary("# Title") == ""
    assert summary("word " * 100) == "word " * 31 + "…"
