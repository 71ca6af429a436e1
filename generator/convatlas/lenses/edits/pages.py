"""The pages of edits: an index, and a page for each edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.edits.classes import ClassBar, bars, linked
from convatlas.lenses.edits.entries import EditedLayer, EditedNetwork, EditEntry, by_weight, edits
from convatlas.lenses.edits.shown_filters import ShownCarrier, ShownFilters
from convatlas.lenses.edits.spreadsheet import spreadsheet, spreadsheet_href
from convatlas.model.manifest import File, Layer, Network
from convatlas.ui.class_links import class_link
from convatlas.ui.page import Page, Site, image_page
from convatlas.ui.tile_drawing import DrawnOnce

INDEX = ("edits/index.html", "edits")


class EditRow(NamedTuple):
    """An edit in the index."""

    edit: EditEntry
    seen: EditedNetwork
    raised: Markup
    """The class that it raises most, as a link; empty without one."""
    lowered: Markup
    notice: int
    """How many of the network's filters that the atlas shows notice it."""
    less: int
    """How many of these do by answering less."""
    picture: File | None
    """The first example, edited: of the same image for all edits of the network."""


class NetworkRows(NamedTuple):
    """The edits of a network, in the order of ``by_weight``."""

    network: Network
    rows: Sequence[EditRow]
    filters: int
    """How many of its filters are known."""
    classes: bool
    """Whether it predicts classes."""
    labelled: bool


class IndexContext(TypedDict):
    """What ``lenses/edits/edits.html`` reads."""

    seen_by: Sequence[NetworkRows]


class Example(NamedTuple):
    """An image before and after."""

    href: str | None
    """Its page, from the site's root."""
    plain: File
    edited: File
    before: Markup
    """The class that it is taken for; empty without scores."""
    after: Markup
    moved: bool
    """Whether it is taken for another class."""


class SeenEdit(NamedTuple):
    """What an edit's page shows of a network."""

    network: Network
    seen: EditedNetwork
    examples: Sequence[Example]
    classes: Sequence[ClassBar]
    carriers: Sequence[ShownCarrier]
    layers: Sequence[tuple[Layer, EditedLayer]]
    csv: str
    """The file for spreadsheets, from the page; "" without carriers."""


class EditContext(TypedDict):
    """What ``lenses/edits/edit.html`` reads."""

    edit: EditEntry
    seen_by: Sequence[SeenEdit]
    previous: EditEntry | None
    next: EditEntry | None


def edit_pages(site: Site) -> Iterator[Page]:
    """Yield the pages of all edits, and their files; nothing if the atlas has no edits."""
    writer = EditPages(site, edits(site.manifest))
    if writer.entries:
        yield writer.index()
    for place, edit in enumerate(writer.entries):
        yield writer.page(place)
        for seen in edit["networks"]:
            if seen["carriers"]:
                network = writer.networks[seen["network"]]
                yield spreadsheet_href(edit, network), spreadsheet(edit, seen, network)


@dataclass(frozen=True)
class EditPages:
    """Makes the pages of edits."""

    site: Site
    entries: Sequence[EditEntry]

    @cached_property
    def networks(self) -> Mapping[str, Network]:
        """The networks by name."""
        return {network["name"]: network for network in self.site.manifest["networks"]}

    @cached_property
    def _filters(self) -> Mapping[str, ShownFilters]:
        return {name: ShownFilters(self.site, each) for name, each in self.networks.items()}

    def index(self) -> Page:
        """Return the page of all edits."""
        found = [self._rows(network) for network in self.networks.values()]
        context: IndexContext = {"seen_by": [each for each in found if each.rows]}
        return self.site.page("lenses/edits/edits.html", INDEX[0], [self.site.top], **context)

    def _rows(self, network: Network) -> NetworkRows:
        pairs = [
            (edit, seen)
            for edit in self.entries
            for seen in edit["networks"]
            if seen["network"] == network["name"]
        ]
        pairs.sort(key=lambda pair: by_weight(pair[1]))
        rows = [self._row(edit, seen, network) for edit, seen in pairs]
        filters = max((_filters(row.seen) for row in rows), default=0)
        classes = any("changed" in row.seen for row in rows)
        labelled = any("accuracy" in row.seen for row in rows)
        return NetworkRows(network, rows, filters, classes, labelled)

    def _row(self, edit: EditEntry, seen: EditedNetwork, network: Network) -> EditRow:
        raised = linked(seen["raised"][:1], network, "../")
        lowered = linked(seen["lowered"][:1], network, "../")
        notice, less = (sum(layer[key] for layer in seen["layers"]) for key in ("notice", "less"))
        picture = seen["examples"][0]["edited"] if seen["examples"] else None
        return EditRow(edit, seen, raised, lowered, notice, less, picture)

    def page(self, place: int) -> Page:
        """Return the page of the n-th edit."""
        edit, drawn = self.entries[place], DrawnOnce()
        context: EditContext = {
            "edit": edit,
            "seen_by": [self._seen(edit, seen, drawn) for seen in edit["networks"]],
            "previous": self.entries[place - 1] if place else None,
            "next": self.entries[place + 1] if place + 1 < len(self.entries) else None,
        }
        crumbs = [self.site.top, INDEX]
        return self.site.page("lenses/edits/edit.html", edit["href"], crumbs, **context)

    def _seen(self, edit: EditEntry, seen: EditedNetwork, drawn: DrawnOnce) -> SeenEdit:
        network = self.networks[seen["network"]]
        filters = self._filters[network["name"]]
        layers = {layer["name"]: layer for layer in network["layers"]}
        return SeenEdit(
            network,
            seen,
            list(self._examples(seen, network)),
            bars(seen, network),
            filters.carriers(seen["carriers"], drawn),
            [(layers[each["layer"]], each) for each in seen["layers"]],
            spreadsheet_href(edit, network).rpartition("/")[2] if seen["carriers"] else "",
        )

    def _examples(self, seen: EditedNetwork, network: Network) -> Iterator[Example]:
        images = self.site.images(network)
        for each in seen["examples"]:
            before, after = (_class(name, network) for name in (each["before"], each["after"]))
            href = image_page(images, each["image"])
            moved = each["before"] != each["after"]
            yield Example(href, each["plain"], each["edited"], before, after, moved)


def _class(name: str | None, network: Network) -> Markup:
    return class_link(network, name, "../../") if name else Markup("")


def _filters(seen: EditedNetwork) -> int:
    return sum(layer["filters"] for layer in seen["layers"])
