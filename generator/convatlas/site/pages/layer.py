"""A layer's pages: the wall of all its filters, and its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convatlas.lenses.maximize import recipe_text as recipes
from convatlas.lenses.maximize.recipe_tables import NAMES
from convatlas.model.manifest import Layer, Network
from convatlas.site.exports import grid_js as walls
from convatlas.site.exports.layer_csv import table
from convatlas.site.exports.layer_json import layer_json
from convatlas.site.overviews import symptoms
from convatlas.ui.page import Page, Site, above, data, script
from convatlas.ui.paging import WALL, paged
from convatlas.ui.thumbnails import Fact

EAGER = 24
"""Tiles that load at once, wherever they are: those of the first view."""


class Recipe(NamedTuple):
    """How the pictures of one kind were made, and how many further attempts there were at most."""

    name: str
    settings: list[recipes.Setting]
    others: int


def layer_pages(site: Site, network: Network, layer: Layer) -> Iterator[Page]:
    """The pages of a layer, ``wall.js``, ``layer.csv`` and ``layer.json``."""
    folder = layer["href"].removesuffix("index.html")
    known = site.told(layer)
    sprited = {**known, "sprites": layer["sprites"]}  # those are always files
    told = walls.wall(sprited)
    tiles = [
        (filter, site.face(filter, layer, network, "../../", home=True, lazy=number >= EAGER))
        for number, filter in enumerate(layer["filters"])
    ]
    shared = _shared(site, network, layer, told)
    for number, (path, part, paging) in enumerate(paged(layer["href"], tiles)):
        first = number * WALL
        yield site.page("layer.html", path, tiles=part, first=first, paging=paging, **shared)
    yield script(f"{folder}wall.js", told)
    yield f"{folder}layer.csv", table(layer)
    yield f"{folder}layer.json", data(layer_json(sprited))


def _shared(site: Site, network: Network, layer: Layer, told: Fact) -> dict[str, Any]:
    """What all pages of a layer tell."""
    layers = network["layers"]
    place = next(i for i, other in enumerate(layers) if other is layer)
    return {
        "crumbs": above(site, network),
        "network": network,
        "layer": layer,
        "previous": layers[place - 1] if place else None,
        "next": layers[place + 1] if place + 1 < len(layers) else None,
        "sorts": [(key, name) for key, name in walls.SORTS.items() if key in told["keys"]],
        "views": walls.views(layer),
        "facets": walls.facets(told),
        "classes": len(told["classes"]),
        "symptoms": symptoms(layer),
        "recipes_used": list(_recipes(layer)),
    }


def _recipes(layer: Fact) -> Iterator[Recipe]:
    """The recipe of the first attempts at each kind of picture of a layer."""
    for role, name in NAMES.items():
        shown = [
            made for filter in layer["filters"] if (made := (filter["maximize"] or {}).get(role))
        ]
        if shown:
            used = (made["recipe"] for made in shown)
            first = min(used, key=lambda recipe: int(recipe["attempt"]))
            yield Recipe(name, recipes.settings(first), max(made["attempts"] for made in shown) - 1)
