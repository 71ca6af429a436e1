"""Edits on a filter's page: a line on what it notices, and the filters that it turns into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.edits import text
from convatlas.lenses.edits.answers import Twin, answered, answers, blind, colour, place, twins
from convatlas.lenses.edits.entries import edits, layer_edits
from convatlas.lenses.parts.view import FilterPage, PageSection, View


class ShownTwin(NamedTuple):
    """A filter that another one turns into under an edit."""

    title: str
    """The edit's."""
    href: str
    """Its page, in the same folder."""
    number: int
    """Its index."""
    correlation: str
    face: Markup


class EditsContext(TypedDict):
    """What ``lenses/edits/line.html`` and ``lenses/edits/twins.html`` read."""

    noticed: Markup
    """What the filter notices, in a line; empty if nothing is known."""
    turned: Sequence[ShownTwin]


class EditsView(View):
    """What a filter notices, below its name, and its twins beside the filters like it."""

    sections = (
        PageSection("lenses/edits/line.html", 300, slot="header"),
        PageSection("lenses/edits/twins.html", 520, "kernels"),
    )
    globals: Mapping[str, object] = {"edits_text": text}

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return an ``EditsContext``."""
        if not layer_edits(page.layer) or page.filter["dead"]:
            return EditsContext(noticed=Markup(""), turned=())
        return EditsContext(noticed=_line(page), turned=list(_turned(page)))


def _line(page: FilterPage) -> Markup:
    at = place(page.layer, page.filter)
    found = answers(edits(page.site.manifest), page.layer, at)
    return text.line(answered(found), blind(found), colour(page.layer, at), page.root)


def _turned(page: FilterPage) -> Iterator[ShownTwin]:
    for twin in twins(edits(page.site.manifest), page.layer, page.filter):
        yield _shown(twin, page)


def _shown(twin: Twin, page: FilterPage) -> ShownTwin:
    other = twin.filter
    face = page.site.face(other, page.layer, page.network, page.root, home=True)
    correlation = text.signed(twin.correlation)
    return ShownTwin(twin.edit["title"], other["href"], other["index"], correlation, face)
