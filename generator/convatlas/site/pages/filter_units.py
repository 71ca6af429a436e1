"""What is told of a filter, put together from all lenses; a page has one filter or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.view import FilterPage, LayerPage, PageSection, Slot, View
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, ImageSet, Layer, Network
from convatlas.site.pages.cite import Cite, cite
from convatlas.ui.page import Site

ROOT = "../../"
"""The way from a filter's page to the site's root."""

DEAD = Markup("This filter is <b>dead</b>: nothing that was tried excites it.")
UNREACHED = Markup("The forward pass never reaches this layer, so only its kernels are known.")
UNKNOWN = Markup("Neither images nor made pictures tell of this filter yet.")
"""What is said where no lens has a sentence."""


class Row(NamedTuple):
    """Sections side by side, or one that stands alone."""

    element: str
    """The class of the element around them; "" for one that stands alone."""
    templates: Sequence[str]


class LayerContext(TypedDict):
    """What ``unit.html`` and the pages around it read of all filters of a layer.

    Beside it they read what the lenses return from ``View.layer_context``.
    """

    root: str
    network: Network
    layer: Layer
    images: ImageSet | None
    """The set that the network is shown."""
    styles: Sequence[str]
    """The style sheets of the page, without ``.css``."""
    header: Sequence[str]
    """The templates below the filter's name."""
    rows: Sequence[Row]
    reproduce: Sequence[str]
    """The templates that say how to make its pictures again."""


class UnitContext(TypedDict):
    """What ``unit.html`` reads of one filter, beside what ``View.filter_context`` returns."""

    filter: Filter
    at: str
    """Goes before every id: "" where the page has one filter, "117-" where several."""
    top: int
    """The level of the filter's heading."""
    lede: Markup
    facts: Sequence[tuple[str, str]]
    """Names and values."""
    cite: Cite


@dataclass(frozen=True)
class Unit:
    """One filter, ready to be drawn."""

    context: Mapping[str, object]
    """What ``unit.html`` reads of it."""
    definitions: Sequence[Markup]
    """SVG that it refers to."""


class LayerUnits:
    """The filters of one layer; ``context`` is what their pages have in common."""

    def __init__(self, site: Site, network: Network, layer: Layer) -> None:
        self.page = LayerPage(site, network, layer, site.images(network), ROOT)
        own: LayerContext = {
            "root": ROOT,
            "network": network,
            "layer": layer,
            "images": self.page.images,
            "styles": [*dict.fromkeys(name for view in _views() for name in view.styles), "filter"],
            "header": [section.template for section in _sections("header")],
            "rows": _rows(_sections("lenses")),
            "reproduce": [section.template for section in _sections("reproduce")],
        }
        self.context = _merged(*(view.layer_context(self.page) for view in _views()), own)

    def unit(self, filter: Filter, at: str = "") -> Unit:
        """Return one filter; ``at`` goes before every id."""
        layer = self.page
        page = FilterPage(
            layer.site, layer.network, layer.layer, layer.images, layer.root, filter, at
        )
        own: UnitContext = {
            "filter": filter,
            "at": at,
            "top": 2 if at else 1,
            "lede": lede(filter, layer.layer),
            "facts": [fact for view in _views() for fact in view.facts(filter)],
            "cite": cite(layer.site.manifest, layer.network, layer.layer, filter),
        }
        contexts = [(view, view.filter_context(page)) for view in _views()]
        definitions = (view.definitions(context) for view, context in contexts)
        return Unit(
            _merged(*(context for _, context in contexts), own),
            [each for each in definitions if each],
        )


def defined(units: Iterable[Unit]) -> Markup:
    """Return the definitions that units refer to, each once."""
    return Markup("").join(dict.fromkeys(each for unit in units for each in unit.definitions))


def lede(filter: Filter, layer: Layer) -> Markup:
    """Return what is known of a filter, in a sentence or two of HTML."""
    if filter["dead"]:
        said = (view.dead_lede(filter) for view in _views())
        return next((text for text in said if text), DEAD)
    if not layer["reached"]:
        return UNREACHED
    parts = [part for view in _views() if (part := view.lede(filter))]
    return Markup(" ").join(parts) or UNKNOWN


def _views() -> Iterator[View]:
    return (lens.view for lens in lenses())


def _sections(slot: Slot) -> list[PageSection]:
    found = (section for view in _views() for section in view.sections if section.slot == slot)
    return sorted(found, key=lambda section: section.place)


def _rows(sections: Iterable[PageSection]) -> list[Row]:
    """Sections in rows, each where the first of its sections belongs."""
    rows: dict[str, list[PageSection]] = {}
    for section in sections:
        rows.setdefault(section.row or section.template, []).append(section)
    return [
        Row(_element(row[0].row), [section.template for section in row]) for row in rows.values()
    ]


def _element(row: str) -> str:
    return row if row in ("", "hero") else "band halves"


def _merged(*contexts: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for context in contexts for name, value in context.items()}
