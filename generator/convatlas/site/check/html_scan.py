"""Scan a page for its links, its ids, and what its content security policy would block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_LINKS = {"href", "src", "xlink:href", "action", "poster", "data"}
_PICTURES = {"img", "image"}
# Not html.parser, which would take a minute for 26,560 pages.
_TAG = re.compile(r"""<!--.*?-->|<([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>""", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")


@dataclass
class PageScan:
    """The links, ids and faults of a page."""

    links: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    root: str = ""  # the path that links start from, if that is not the page's folder


def read(text: str) -> PageScan:
    """Return the links, ids and faults of a page, given its HTML."""
    page, embedded = PageScan(), "img-src 'self' data:;" in text[:1000]
    for tag, given in _TAG.findall(text):
        if given:
            _scan_tag(page, tag.lower(), dict(_attributes(given)), embedded)
        if tag == "style" or (tag == "script" and "src" not in given):
            page.faults.append(f"an inline {tag}, which the content policy blocks")
    return page


def _attributes(given: str) -> Iterator[tuple[str, str]]:
    for name, double, single, bare in _ATTRIBUTE.findall(given):
        value = double or single or bare
        yield name.lower(), unescape(value) if "&" in value else value


def _scan_tag(page: PageScan, tag: str, given: dict[str, str], embedded: bool) -> None:
    external = not {"external", "canonical"}.isdisjoint(given.get("rel", "").split())
    for name, value in given.items():
        if name in _LINKS and not external:
            if not (embedded and tag in _PICTURES and value.startswith("data:image/")):
                page.links.add(value)
        elif name == "style" or name.startswith("on"):
            page.faults.append(f"an inline {name} attribute, which the content policy blocks")
        elif name == "id" and value:
            if value in page.ids:
                page.faults.append(f"the id {value} twice")
            page.ids.add(value)
    if tag == "html" and given.get("data-root", "").startswith("/"):
        page.root = given["data-root"]
