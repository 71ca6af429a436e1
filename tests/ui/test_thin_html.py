"""Pages in fewer bytes, which browsers read as before."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest

from convatlas.ui.thin_html import ThinHtml


def thin(template: str, **values: Any) -> str:
    environment = jinja2.Environment(
        autoescape=True, extensions=[ThinHtml], trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(values)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ('<p class="note">a</p>', "<p class=note>a</p>"),
        ('<p class="one two" id="a">', '<p class="one two" id=a>'),
        ('<a href="a/b.html#c" rel="up">', "<a href=a/b.html#c rel=up>"),
        ('<a href="a?b=c">', '<a href="a?b=c">'),
        ('<img alt="">', '<img alt="">'),
        ('<use href="#a"/>', '<use href="#a"/>'),  # the slash would belong to the address
        ('<p>Write class="note" there.</p>', '<p>Write class="note" there.</p>'),
        ('<a href="{{ word }}" class="b">', '<a href="fish" class=b>'),
        ('{{ word }} says a="b" <i class="c">', 'fish says a="b" <i class=c>'),
    ],
)
def test_attributes_of_one_word_have_no_quotes(written: str, left: str) -> None:
    assert thin(written, word="fish") == left


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<div>\n<p>one</p>\n</div>\n", "<div><p>one</div>"),
        (
            "<ul>\n{% for i in (1, 2) %}\n<li>{{ i }}</li>\n{% endfor %}\n</ul>",
            "<ul><li>1</li><li>2</li></ul>",
        ),
        ("<b>one</b>\n<i>two</i>", "<b>one</b>\n<i>two</i>"),
        ("<p>one\ntwo</p>", "<p>one\ntwo</p>"),
        ("<h{{ 1 + 1 }}>a</h{{ 1 + 1 }}>\n<p>b</p>\n<p>c</p>", "<h2>a</h2><p>b<p>c</p>"),
        ("<a><p>one</p></a>", "<a><p>one</p></a>"),
    ],
)
def test_ends_of_lines_stay_between_words_only(written: str, left: str) -> None:
    assert thin(written) == left


class Tree(HTMLParser):
    """What a page consists of: elements with their attributes, and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.parts += data.split()


def test_a_page_has_the_same_elements_and_words() -> None:
    page = (
        '<html lang="en">\n<head>\n<title>{{ word }}</title>\n</head>\n<body>\n<p class="a b">\n'
        'one {{ word }}\n</p>\n<table>\n<tr><td class="c">two</td></tr>\n</table>\n</body>\n</html>'
    )
    plain = Tree(jinja2.Environment().from_string(page).render(word="fish")).parts
    assert Tree(thin(page, word="fish")).parts == plain
