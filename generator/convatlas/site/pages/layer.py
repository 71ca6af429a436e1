"""A layer's pages: the grid of all its filters, and its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict, cast

from markupsafe import Markup

from convatlas.lenses.parts.overview import Part, Symptom
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.site import overviews
from convatlas.site.compared import walls
from convatlas.site.exports.grid_js import Facet, Grid, facets, sorts, views, wall
from convatlas.site.exports.layer_csv import layer_csv
from convatlas.site.exports.layer_json import layer_json
from convatlas.site.variation_report import sentence
from convatlas.ui.page import Page, Site, above, data, script
from convatlas.ui.paging import WALL, PageLink, paged
from convatlas.ui.part import contexts

EAGER = 24
"""Tiles whose pictures load at once, as they may be in the first view."""


class LayerContext(TypedDict):
    """The part of the context of ``layer.html`` that all pages of a layer share."""

    crumbs: Sequence[tuple[str, str]]
    network: Network
    layer: Layer
    previous: Layer | None
    next: Layer | None
    sorts: Sequence[tuple[str, str]]
    """Keys and names of what the grid can be sorted by."""
    views: Sequence[tuple[str, str]]
    """Keys and names of what tiles can show; empty if there is no choice."""
    facets: Sequence[Facet]
    classes: int
    """The number of classes that excite any filter most."""
    varies: str | None
    """How the responses to one picture differ, if they do."""
    symptoms: Sequence[Symptom]
    """Issues, each with the filters that have it."""
    parts: Sequence[Part]
    """Sections of the lenses below the grid; their contexts are merged into this one."""
    walls: Sequence[tuple[str, str]]
    """The pages of the filters beside those of other networks, with their names."""


class GridContext(TypedDict):
    """The part of the context of ``layer.html`` that differs between pages of the grid."""

    tiles: Sequence[tuple[Filter, Markup]]
    first: int
    """The position of the first tile in the layer."""
    paging: Sequence[PageLink]


def layer_pages(site: Site, network: Network, layer: Layer) -> Iterator[Page]:
    """Yield the pages of a layer, ``wall.js``, ``layer.csv`` and ``layer.json``."""
    folder = layer_folder(layer)
    # Pictures may be embedded in pages and thus have no names; sprites are always files.
    named = cast("Layer", {**site.told(layer), "sprites": layer["sprites"]})
    grid = wall(named, network.get("class_pages", {}))
    tiles = [
        (filter, site.face(filter, layer, network, "../../", home=True, lazy=number >= EAGER))
        for number, filter in enumerate(layer["filters"])
    ]
    shared = _shared(site, network, layer, grid)
    beside = contexts(shared["parts"])
    for number, (path, some, paging) in enumerate(paged(layer["href"], tiles)):
        own: GridContext = {"tiles": some, "first": number * WALL, "paging": paging}
        yield site.page("layer.html", path, **beside, **shared, **own)
    yield script(f"{folder}wall.js", grid)
    yield f"{folder}layer.csv", layer_csv(layer)
    yield f"{folder}layer.json", data(layer_json(named))


def _shared(site: Site, network: Network, layer: Layer, grid: Grid) -> LayerContext:
    layers = network["layers"]
    place = next(i for i, other in enumerate(layers) if other is layer)
    return {
        "crumbs": above(site, network),
        "network": network,
        "layer": layer,
        "previous": layers[place - 1] if place else None,
        "next": layers[place + 1] if place + 1 < len(layers) else None,
        "sorts": sorts(grid),
        "views": views(layer),
        "facets": facets(layer, grid),
        "classes": len(grid["classes"]),
        "varies": sentence(layer),
        "symptoms": overviews.symptoms(layer),
        "parts": overviews.layer_parts(site, network, layer),
        "walls": walls(site.manifest, network["name"], layer["name"]),
    }
