"""Render Markdown as HTML that is safe to publish: no raw HTML, scripts or unknown links."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Link = Callable[[str], str]
"""Maps an address as written to its published form; raises KeyError if it leads nowhere."""

Show = Callable[[str], Mapping[str, str | int]]
"""Maps a picture as written to its attributes ``src``, ``width`` and ``height``."""

EXTERNAL = re.compile(r"(https?://[^/]|mailto:)", re.IGNORECASE)
"""Matches the start of external addresses, which are marked as such and never requested."""

_TAKEN = frozenset({"main"})
"""Ids that the page template already uses."""


@dataclass(frozen=True)
class Target:
    """A link or a picture as written, and its line in the text, counted from 1."""

    kind: Literal["link", "picture"]
    address: str
    line: int


def targets(text: str, block: bool = True) -> list[Target]:
    """Return all links and pictures of a text.

    ``block`` says whether the text is a whole page or a single line.
    """
    return [found for token in _parse(text, block) for found in _targets(token)]


def page(text: str, link: Link, show: Show) -> str:
    """Render a page as HTML, with headings from the second level on, each with an id.

    Raises:
        KeyError: raised by ``link`` or ``show``.
    """
    tokens = _parse(text, block=True)
    _number(tokens)
    for token in tokens:
        _publish(token, link, show)
    return str(_reader().renderer.render(tokens, _reader().options, {}))


def line(text: str, link: Link) -> str:
    """Render one or a few sentences as HTML that fits inside a paragraph.

    Raises:
        KeyError: raised by ``link``, or the text contains a picture.
    """
    tokens = _parse(text, block=False)
    for token in tokens:
        _publish(token, link, _nothing)
    return str(_reader().renderer.render(tokens, _reader().options, {})).strip()


def words(text: str) -> str:
    """Return the plain text of a line, without markup."""
    return " ".join(_words(_parse(text, block=False)).split())


def summary(text: str, most: int = 160) -> str:
    """Return the plain text of a page's first paragraph, cut to ``most`` characters.

    Paragraphs in lists and tables do not count. Empty if there is no paragraph.
    """
    tokens = _parse(text, block=True)
    for before, token in pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 0:
            return textwrap.shorten(_words([token]), most, placeholder=" …")
    return ""


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    reader.enable("table").enable("strikethrough")
    reader.renderer.rules["table_open"] = _scrolled  # type: ignore[attr-defined]
    reader.renderer.rules["table_close"] = _closed  # type: ignore[attr-defined]
    return reader


def _nothing(address: str) -> Mapping[str, str | int]:
    raise KeyError(address)


def _parse(text: str, block: bool) -> list[Token]:
    return _reader().parse(text) if block else _reader().parseInline(text)


def _scrolled(tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    """Open a table inside an element that scrolls by itself, so that the page does not."""
    return '<div class="scroll" role="group" aria-label="Table" tabindex="0">\n<table>\n'


def _closed(tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    return "</table>\n</div>\n"


def _targets(token: Token) -> Iterator[Target]:
    here = token.map[0] + 1 if token.map else 1
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            here += 1
        elif child.type == "link_open":
            yield Target("link", str(child.attrs["href"]), here)
        elif child.type == "image":
            yield Target("picture", str(child.attrs["src"]), here)


def _publish(token: Token, link: Link, show: Show) -> None:
    """Replace addresses as written with published ones, and styles with classes."""
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrs["class"] = style.rpartition(":")[2]
    for child in token.children or ():
        if child.type == "link_open":
            address = str(child.attrs["href"])
            if EXTERNAL.match(address):
                child.attrs["rel"] = "external"
            else:
                child.attrs["href"] = link(address)
        elif child.type == "image":
            child.attrs |= {**show(str(child.attrs["src"])), "loading": "lazy"}


def _number(tokens: Sequence[Token]) -> None:
    """Move headings below the page's own level, and derive their ids from their text."""
    taken, shift = set(_TAKEN), _shift(tokens)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
        if token.type == "heading_open":
            content = tokens[place + 1]
            name = re.sub(r"\W+", "-", _words([content]).lower()).strip("-") or "section"
            free = (f"{name}-{number}" if number > 1 else name for number in range(1, 10**6))
            token.attrs["id"] = next(each for each in free if each not in taken)
            taken.add(str(token.attrs["id"]))


def _shift(tokens: Sequence[Token]) -> int:
    """Return by how many levels the headings must move so that the highest is on level two."""
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    return max(2 - min(levels), 0) if levels else 0


def _words(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.children:
            parts.append(_words(token.children))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
    return "".join(parts)
