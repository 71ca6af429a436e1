"""A layer's pages: the wall of all its filters, and its data."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.site.faces import Fact
from convatlas.site.paging import paged
from convatlas.site.site import Page, Site, above, data


def layer_pages(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    """The pages of a layer, and ``layer.json``."""
    crumbs = above(site, network)
    layers = network["layers"]
    place = next(i for i, other in enumerate(layers) if other is layer)
    tiles = [
        (filter, site.face(filter, layer, network, "../../", home=True, lazy=number >= 24))
        for number, filter in enumerate(layer["filters"])
    ]
    shared = {
        "network": network,
        "layer": layer,
        "previous": layers[place - 1] if place else None,
        "next": layers[place + 1] if place + 1 < len(layers) else None,
    }
    for path, part, paging in paged(layer["href"], tiles):
        yield site.page("layer.html", path, crumbs, tiles=part, paging=paging, **shared)
    folder = layer["href"].removesuffix("index.html")
    kept = {key: value for key, value in layer.items() if key not in ("slug", "href")}
    yield f"{folder}layer.json", data(kept)
