"""The pages of a layer's filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convatlas.site import words
from convatlas.site.evidence import evidence
from convatlas.site.faces import Fact
from convatlas.site.site import Page, Site, above

STRIP = 11
"""Tiles of a film strip."""


def filter_pages(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    """One page for each filter of the layer."""
    folder = layer["href"].removesuffix("index.html")
    crumbs = [*above(site, network), (layer["href"], layer["name"])]
    images = site.sets.get(network["images"])
    filters = layer["filters"]
    strip = [
        (filter, site.face(filter, layer, network, "../../", home=True, named=True, lazy=False))
        for filter in filters
    ]
    shared: dict[str, Any] = {"network": network, "layer": layer, "images": images}
    for place, filter in enumerate(filters):
        start = max(min(place - STRIP // 2, len(filters) - STRIP), 0)
        yield site.page(
            "filter.html",
            folder + filter["href"],
            crumbs,
            **shared,
            filter=filter,
            strip=strip[start : start + STRIP],
            previous=filters[place - 1] if place else None,
            next=filters[place + 1] if place + 1 < len(filters) else None,
            evidence=evidence(filter, layer, network, images, "../../", site.tiles),
            lede=words.lede(filter, layer),
            mentions=site.mentions.of(folder + filter["href"]),
        )
