"""Pages that tell of many filters of a layer each, for hosts that take few files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup

from convatlas.site.pages.filter import shared_by_units, unit
from convatlas.ui.page import Page, Site, above
from convatlas.ui.thumbnails import Fact


def filter_group_pages(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    """The pages of a layer's filters, which stand below each other."""
    folder = layer["href"].removesuffix("index.html")
    crumbs = [*above(site, network), (layer["href"], layer["name"])]
    shared = {**shared_by_units(site, network, layer), "root": "../../"}
    groups = [
        (file, list(filters))
        for file, filters in groupby(
            layer["filters"], lambda filter: site.layout.page(filter["index"])
        )
    ]
    names = [f"{filters[0]['index']}–{filters[-1]['index']}" for _, filters in groups]
    template = site.env.get_template("unit.html")
    for place, (file, filters) in enumerate(groups):
        units = [
            (filter, unit(site, network, layer, filter, f"{filter['index']}-"))
            for filter in filters
        ]
        yield site.page(
            "filters.html",
            folder + file,
            crumbs,
            **shared,
            units=[(filter, Markup(template.render(shared, **own))) for filter, own in units],
            heated=any(own["evidence"] and own["evidence"].heated for _, own in units),
            range=names[place],
            paging=[
                (other, name, other == file) for (other, _), name in zip(groups, names, strict=True)
            ],
            previous=groups[place - 1][0] if place else None,
            next=groups[place + 1][0] if place + 1 < len(groups) else None,
        )
