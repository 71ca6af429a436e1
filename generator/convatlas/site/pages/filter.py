"""The pages of a layer's filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.site.pages.filter_units import ROOT, LayerUnits, defined
from convatlas.ui.page import Page, Site, above

STRIP = 7
"""Tiles of a film strip."""


class FilterContext(TypedDict):
    """The context of ``filter.html``, in addition to a ``LayerContext`` and a ``UnitContext``."""

    definitions: Markup
    """SVG that the sections refer to."""
    strip: Sequence[tuple[Filter, Markup]]
    """The filter and its neighbours, with their tiles."""
    previous: Filter | None
    next: Filter | None


def filter_pages(site: Site, network: Network, layer: Layer) -> Iterator[Page]:
    """Yield one page for each filter of the layer."""
    folder, filters = layer_folder(layer), layer["filters"]
    crumbs = [*above(site, network), (layer["href"], layer["name"])]
    strip = [
        (filter, site.face(filter, layer, network, ROOT, home=True, named=True, lazy=False))
        for filter in filters
    ]
    units = LayerUnits(site, network, layer)
    for place, filter in enumerate(filters):
        start = max(min(place - STRIP // 2, len(filters) - STRIP), 0)
        unit = units.unit(filter)
        own: FilterContext = {
            "definitions": defined([unit]),
            "strip": strip[start : start + STRIP],
            "previous": filters[place - 1] if place else None,
            "next": filters[place + 1] if place + 1 < len(filters) else None,
        }
        context = {**units.context, **unit.context, **own}
        yield site.page("filter.html", folder + filter["href"], crumbs, **context)
