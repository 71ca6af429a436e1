"""The pages of a layer's filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convatlas.lenses.examples.view import evidence
from convatlas.lenses.maximize.recipe_tables import usual
from convatlas.site.pages.cite import cite
from convatlas.ui import text as words
from convatlas.ui.image_crops import veil
from convatlas.ui.page import Page, Site, above
from convatlas.ui.thumbnails import Fact

STRIP = 7
"""Tiles of a film strip."""


def filter_pages(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    """One page for each filter of the layer."""
    folder = layer["href"].removesuffix("index.html")
    crumbs = [*above(site, network), (layer["href"], layer["name"])]
    filters = layer["filters"]
    strip = [
        (filter, site.face(filter, layer, network, "../../", home=True, named=True, lazy=False))
        for filter in filters
    ]
    shared = shared_by_units(site, network, layer)
    for place, filter in enumerate(filters):
        start = max(min(place - STRIP // 2, len(filters) - STRIP), 0)
        yield site.page(
            "filter.html",
            folder + filter["href"],
            crumbs,
            **shared,
            **unit(site, network, layer, filter),
            strip=strip[start : start + STRIP],
            previous=filters[place - 1] if place else None,
            next=filters[place + 1] if place + 1 < len(filters) else None,
        )


def shared_by_units(site: Site, network: Fact, layer: Fact) -> Mapping[str, Any]:
    """What ``unit.html`` and the page around it tell of every filter of a layer."""
    return {
        "network": network,
        "layer": layer,
        "images": site.sets.get(network["images"]),
        "usual": usual(layer),
        "veil": veil(),
    }


def unit(site: Site, network: Fact, layer: Fact, filter: Fact, at: str = "") -> Mapping[str, Any]:
    """What ``unit.html`` tells of one filter, on a page two folders deep.

    :param at: goes before every id; empty where the page has one filter, "117-" where several.
    """
    images = site.sets.get(network["images"])
    folder = layer["href"].removesuffix("index.html")
    return {
        "filter": filter,
        "at": at,
        "top": 2 if at else 1,  # the level of its heading
        "evidence": evidence(filter, layer, network, images, "../../", site.tiles, at),
        "lede": words.lede(filter, layer),
        "mentions": site.mentions.of(folder + filter["href"]),
        "cite": cite(site.manifest, network, layer, filter),
    }
