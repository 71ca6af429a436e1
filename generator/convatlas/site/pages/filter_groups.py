"""Pages that each show many filters of a layer, for hosts that accept few files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypedDict

from markupsafe import Markup

from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.site.pages.filter_units import LayerUnits, defined
from convatlas.ui.page import Page, Site, above


class FilterGroupContext(TypedDict):
    """The context of ``filters.html``, in addition to a ``LayerContext``."""

    definitions: Markup
    """SVG that the filters' sections refer to."""
    units: Sequence[tuple[Filter, Markup]]
    """Each filter, with its sections as HTML."""
    range: str
    """The indices of the first and last filter on the page: "32–63"."""
    paging: Sequence[tuple[str, str, bool]]
    """The file and the range of each page of the layer, and whether it is this page."""
    previous: str | None
    """The file of the previous page."""
    next: str | None


def filter_group_pages(site: Site, network: Network, layer: Layer) -> Iterator[Page]:
    """Yield the pages of a layer's filters, each with several filters below each other."""
    crumbs = [*above(site, network), (layer["href"], layer["name"])]
    units = LayerUnits(site, network, layer)
    groups = {
        file: list(filters)
        for file, filters in groupby(
            layer["filters"], lambda filter: site.layout.page(filter["index"])
        )
    }
    files = list(groups)
    names = [f"{filters[0]['index']}–{filters[-1]['index']}" for filters in groups.values()]
    for place, (file, filters) in enumerate(groups.items()):
        drawn, definitions = _drawn(site, units, filters)
        own: FilterGroupContext = {
            "definitions": definitions,
            "units": drawn,
            "range": names[place],
            "paging": [
                (other, name, other == file) for other, name in zip(files, names, strict=True)
            ],
            "previous": files[place - 1] if place else None,
            "next": files[place + 1] if place + 1 < len(files) else None,
        }
        context = {**units.context, **own}
        yield site.page("filters.html", layer_folder(layer) + file, crumbs, **context)


def _drawn(
    site: Site, units: LayerUnits, filters: Sequence[Filter]
) -> tuple[list[tuple[Filter, Markup]], Markup]:
    """Return each filter with its sections as HTML, and the SVG definitions that these refer to."""
    template = site.env.get_template("unit.html")
    pairs = [(filter, units.unit(filter, f"{filter['index']}-")) for filter in filters]
    drawn = [
        (filter, Markup(template.render(units.context, **unit.context))) for filter, unit in pairs
    ]
    return drawn, defined(unit for _, unit in pairs)
