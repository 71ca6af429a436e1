"""Sections of pages that several lenses add to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Part(NamedTuple):
    """A section of a page, and what its template reads in addition to the page's own context."""

    id: str
    title: str
    """Its heading, and the text of links to it."""
    template: str
    """The template of the content below the heading; a path below ``templates/``."""
    context: Mapping[str, object]
    """Its names must differ from those of all other parts of the page."""
    place: int
    """Its order among the parts of all lenses: 100, 200, ..."""
    href: str = ""
    """The target of the heading's link, from the site's root; "" for no link."""


def contexts(parts: Iterable[Part]) -> Mapping[str, object]:
    """Return the merged contexts of all parts of a page."""
    return {name: value for part in parts for name, value in part.context.items()}
