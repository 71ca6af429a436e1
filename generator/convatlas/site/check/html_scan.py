"""What a page holds that a check asks for: its links, its ids, and what its policy would block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_LINKS = {"href", "src", "xlink:href", "action", "poster", "data"}
_PICTURES = {"img", "image"}
# Not html.parser: for 26,560 pages it would take a minute.
_TAG = re.compile(r"""<!--.*?-->|<([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>""", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")


@dataclass
class Reading:
    """The links and ids of one page, and its faults; ``root`` is where its links begin."""

    links: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    root: str = ""  # from which the page's links are told, where that is the host's


def read(text: str) -> Reading:
    """Reads a page."""
    page, inside = Reading(), "img-src 'self' data:;" in text[:1000]
    for tag, given in _TAG.findall(text):
        if given:
            _note(page, tag.lower(), dict(_attributes(given)), inside)
        if tag == "style" or (tag == "script" and "src" not in given):
            page.faults.append(f"an inline {tag}, which the content policy blocks")
    return page


def _attributes(given: str) -> Iterator[tuple[str, str]]:
    for name, double, single, bare in _ATTRIBUTE.findall(given):
        value = double or single or bare
        yield name.lower(), unescape(value) if "&" in value else value


def _note(page: Reading, tag: str, given: dict[str, str], inside: bool) -> None:
    external = not {"external", "canonical"}.isdisjoint(given.get("rel", "").split())
    for name, value in given.items():
        if name in _LINKS and not external:
            if not (inside and tag in _PICTURES and value.startswith("data:image/")):
                page.links.add(value)
        elif name == "style" or name.startswith("on"):
            page.faults.append(f"an inline {name} attribute, which the content policy blocks")
        elif name == "id" and value:
            if value in page.ids:
                page.faults.append(f"the id {value} twice")
            page.ids.add(value)
    if tag == "html" and given.get("data-root", "").startswith("/"):
        page.root = given["data-root"]
