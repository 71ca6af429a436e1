"""A filter's part of a page, composed from all lenses; a page has one filter or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.view import FilterPage, LayerPage, PageSection, Slot, View
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, ImageSet, Layer, Network
from convatlas.site.pages.cite import Cite, cite
from convatlas.site.then_and_now import Partner, Partners
from convatlas.site.variation_report import sentence
from convatlas.ui.page import Site

ROOT = "../../"
"""The relative path from a filter's page to the site's root."""

DEAD = Markup("This filter is <b>dead</b>: nothing that was tried excites it.")
UNREACHED = Markup(
    "The recorded forward pass never reaches this layer, so only its kernels are known."
)
UNKNOWN = Markup("Neither images nor made pictures tell of this filter yet.")
"""The sentence if no lens has one."""


class Row(NamedTuple):
    """Sections side by side, or a single section."""

    element: str
    """The class of the element around them; "" for a single section."""
    templates: Sequence[str]


class LayerContext(TypedDict):
    """The context of ``unit.html`` and of its pages that all filters of a layer share.

    It is complemented by what the lenses return from ``View.layer_context``.
    """

    root: str
    network: Network
    layer: Layer
    images: ImageSet | None
    """The network's image set."""
    varies: str | None
    """How the layer's responses to one picture differ, if they do."""
    styles: Sequence[str]
    """The style sheets of the page, without ``.css``."""
    header: Sequence[str]
    """The templates below the filter's name."""
    rows: Sequence[Row]
    reproduce: Sequence[str]
    """The templates that explain how to reproduce its pictures."""


class UnitContext(TypedDict):
    """The context of ``unit.html`` for one filter, in addition to ``View.filter_context``."""

    filter: Filter
    at: str
    """The prefix of every id: "" on a page with one filter, "117-" on a page with several."""
    top: int
    """The level of the filter's heading."""
    lede: Markup
    facts: Sequence[tuple[str, str]]
    """Names and values."""
    cite: Cite
    partners: Sequence[Partner]
    """The filters of other networks that it is compared with."""


@dataclass(frozen=True)
class Unit:
    """A filter, ready to be rendered as HTML."""

    context: Mapping[str, object]
    """The context of ``unit.html``."""
    definitions: Sequence[Markup]
    """SVG that its sections refer to."""


class LayerUnits:
    """The filters of a layer; ``context`` is the part of the context that they share."""

    def __init__(self, site: Site, network: Network, layer: Layer) -> None:
        self.partners = Partners(site, network, layer)
        self.page = LayerPage(site, network, layer, site.images(network), ROOT)
        own: LayerContext = {
            "root": ROOT,
            "network": network,
            "layer": layer,
            "images": self.page.images,
            "varies": sentence(layer),
            "styles": ["filter"],
            "header": [section.template for section in _sections("header")],
            "rows": _rows(_sections("lenses")),
            "reproduce": [section.template for section in _sections("reproduce")],
        }
        self.context = _merged(*(view.layer_context(self.page) for view in _views()), own)

    def unit(self, filter: Filter, at: str = "") -> Unit:
        """Return the part of a filter; ``at`` is the prefix of every id."""
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
            "partners": self.partners.of(filter),
        }
        contexts = [(view, view.filter_context(page)) for view in _views()]
        definitions = (view.definitions(context) for view, context in contexts)
        return Unit(
            _merged(*(context for _, context in contexts), own),
            [each for each in definitions if each],
        )


def defined(units: Iterable[Unit]) -> Markup:
    """Return the SVG definitions that units refer to, each once."""
    return Markup("").join(dict.fromkeys(each for unit in units for each in unit.definitions))


def lede(filter: Filter, layer: Layer) -> Markup:
    """Return a summary of what is known about a filter, one or more sentences of HTML."""
    if filter["dead"]:
        texts = (view.dead_lede(filter) for view in _views())
        return next((text for text in texts if text), DEAD)
    if not layer["reached"]:
        return UNREACHED
    parts = [part for view in _views() if (part := view.lede(filter))]
    return Markup(" ").join(parts) or UNKNOWN


def _views() -> Iterator[View]:
    return (lens.view for lens in lenses())


def _sections(slot: Slot) -> list[PageSection]:
    sections = (section for view in _views() for section in view.sections if section.slot == slot)
    return sorted(sections, key=lambda section: section.place)


def _rows(sections: Iterable[PageSection]) -> list[Row]:
    """Return sections grouped into rows, each at the position of its first section."""
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
