"""The pages of a network's classes: an index, and a page for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypedDict, cast

from markupsafe import Markup

from convatlas.lenses.effects.class_filters import ClassFilters, LayerRow
from convatlas.lenses.effects.class_images import Behind, ClassImages, ShownImage
from convatlas.lenses.effects.entries import DIGITS, ClassEntry, classes, recognised
from convatlas.model.columns import FORMAT, keys
from convatlas.model.manifest import Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site, above, data
from convatlas.ui.part import Part, contexts
from convatlas.ui.rounding import rounded
from convatlas.ui.tile_drawing import DrawnOnce

CONFUSED = 3
"""Maximum number of classes that a class is told to be taken for."""


class Confusion(NamedTuple):
    """A class that images of another one are taken for."""

    name: str
    page: str
    images: int


class ClassRow(NamedTuple):
    """A class in the index."""

    name: str
    page: str
    labelled: int
    right: int
    confusions: Sequence[Confusion]
    filters: Sequence[Markup]


class ClassContext(TypedDict):
    """What ``lenses/effects/class.html`` reads."""

    network: Network
    told: ClassEntry
    right: int
    confusions: Sequence[Confusion]
    rows: Sequence[LayerRow]
    behind: Sequence[Behind]
    parts: Sequence[Part]
    """Sections of other lenses; their contexts are merged into this one."""
    labelled: Sequence[ShownImage]
    taken: Sequence[ShownImage]
    previous: ClassEntry | None
    next: ClassEntry | None


class ClassesContext(TypedDict):
    """What ``lenses/effects/classes.html`` reads."""

    network: Network
    rows: Sequence[ClassRow]
    right: int
    labelled: int


def network_class_pages(site: Site, network: Network) -> Iterator[Page]:
    """Yield the index of a network's classes, their pages and data; nothing if there are none."""
    entries = classes(site.manifest, network["name"])
    if not entries:
        return
    writer = ClassPages(site, network, entries)
    yield writer.index()
    for place in range(len(entries)):
        yield writer.page(place)
    path = classes_data(classes_href(network))
    yield path, data(_columns(network, entries))


def _columns(network: Network, entries: Sequence[ClassEntry]) -> Mapping[str, Json]:
    """Return the content of ``classes.json``: the classes in columns, as filters in layer.json."""
    rows = cast("list[Mapping[str, Json]]", rounded(entries, DIGITS))
    told = {"format": FORMAT, "count": len(rows), "classes": keys(rows)}
    return {"network": network["name"], **told}


def classes_data(href: str) -> str:
    """Return the data file beside the page of all classes."""
    return href.removesuffix("index.html") + "classes.json"


def classes_href(network: Network) -> str:
    """Return the page of all classes of a network, from the site's root."""
    return f"{network['slug']}/classes/index.html"


@dataclass(frozen=True)
class ClassPages:
    """Makes the pages of one network's classes."""

    site: Site
    network: Network
    entries: Sequence[ClassEntry]

    @cached_property
    def _by_number(self) -> Mapping[int, ClassEntry]:
        return {entry["number"]: entry for entry in self.entries}

    @cached_property
    def _filters(self) -> ClassFilters:
        return ClassFilters(self.site, self.network)

    @cached_property
    def _images(self) -> ClassImages:
        return ClassImages(self.site, self.network, self.entries, self._filters)

    def index(self) -> Page:
        """Return the page of all classes."""
        rows = [self._row(entry) for entry in self.entries]
        context: ClassesContext = {
            "network": self.network,
            "rows": rows,
            "right": sum(row.right for row in rows),
            "labelled": sum(row.labelled for row in rows),
        }
        crumbs = above(self.site, self.network)
        path = classes_href(self.network)
        return self.site.page("lenses/effects/classes.html", path, crumbs, **context)

    def _row(self, entry: ClassEntry) -> ClassRow:
        best = sorted(entry["filters"], key=lambda each: -each["logit"])[:CONFUSED]
        links = [self._filters.link(each) for each in best if each["logit"] > 0]
        confusions = self._confusions(entry)
        labelled, right = len(entry["labelled"]), recognised(entry)
        return ClassRow(entry["name"], entry["href"], labelled, right, confusions, links)

    def page(self, place: int) -> Page:
        """Return the page of the n-th class."""
        entry = self.entries[place]
        drawn = DrawnOnce()
        filters, behind = self._filters.rows(entry, drawn), self._images.behind(entry, drawn)
        parts = self.site.class_parts(self.site, self.network, entry["number"], drawn)
        context: ClassContext = {
            "network": self.network,
            "told": entry,
            "right": recognised(entry),
            "confusions": self._confusions(entry),
            "rows": filters,
            "behind": behind,
            "parts": parts,
            "labelled": self._images.labelled(entry, drawn),
            "taken": self._images.taken(entry, drawn),
            "previous": self.entries[place - 1] if place else None,
            "next": self.entries[place + 1] if place + 1 < len(self.entries) else None,
        }
        crumbs = [*above(self.site, self.network), (classes_href(self.network), "classes")]
        beside = contexts(parts)
        return self.site.page(
            "lenses/effects/class.html", entry["href"], crumbs, **beside, **context
        )

    def _confusions(self, entry: ClassEntry) -> list[Confusion]:
        wrong = Counter(each["predicted"] for each in entry["labelled"])
        del wrong[entry["number"]]
        others = [(self._by_number[n], count) for n, count in wrong.most_common(CONFUSED)]
        return [Confusion(other["name"], other["href"], count) for other, count in others]
