"""The page of all pairs of a layer in two networks, the most changed first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from convatlas.model.comparison import Comparison, LayerPair
from convatlas.model.manifest import Layer, layer_folder
from convatlas.site.compared import Compared, Half, PairTile, changed_layers
from convatlas.site.exports.grid_js import SIMILARITY, Choice, Facet, Grid, wall
from convatlas.site.exports.pair_facets import growths, pair_facets
from convatlas.site.exports.pairs_js import choices, orders, pair_grid
from convatlas.ui.page import Page, Site, script

STILL = 12
"""Maximum number of pairs that the page has itself; a script adds the others."""
EAGER = 12
"""Pairs whose pictures load at once, as they may be in the first view."""


class ComparedLayerContext(TypedDict):
    """The context of ``compare/layer.html``, in addition to that of all pages."""

    told: Comparison
    layers: LayerPair
    sides: tuple[Layer, Layer]
    """The layer before and after."""
    tiles: Sequence[PairTile]
    """Of the most changed pairs."""
    sorts: Sequence[tuple[str, str]]
    """Keys and names of what the pairs can be sorted by, besides the change."""
    growths: Sequence[tuple[str, str]]
    """The same of numbers of filters whose growth they can be sorted by."""
    choices: Sequence[Choice]
    """States of pairs."""
    facets: Sequence[Facet]
    """Facets that are asked of the filter before and of the one after."""
    classes: int
    """How many classes excite any filter most."""
    unpaired: tuple[Sequence[Half], Sequence[Half]]
    """Filters without a partner, before and after."""
    data_file: str
    """What the page's script reads, from the site's root."""
    previous: LayerPair | None
    """The layer before this one that changed."""
    next: LayerPair | None


def compared_layer_pages(site: Site, comparison: Comparison) -> Iterator[Page]:
    """Yield the page of each layer that changed, with what its script reads."""
    compared, layers = Compared(site, comparison), changed_layers(comparison)
    crumbs = [site.top, (comparison["href"], f"{comparison['before']} → {comparison['after']}")]
    for place, each in enumerate(layers):
        sides, data_file = compared.sides(each), each["href"].removesuffix("html") + "js"
        grid = pair_grid(each["pairs"], (layer_folder(sides[0]), layer_folder(sides[1])))
        walls = wall(sides[0]), wall(sides[1])
        context: ComparedLayerContext = {
            "told": comparison,
            "layers": each,
            "sides": sides,
            "tiles": _tiles(compared, each),
            "sorts": [*orders(grid), *_alike(walls[1])],
            "growths": growths(walls),
            "choices": choices(each["pairs"]),
            "facets": pair_facets(sides[1], walls),
            "classes": len(grid["classes"]),
            "unpaired": _unpaired(compared, each),
            "data_file": data_file,
            "previous": layers[place - 1] if place else None,
            "next": layers[place + 1] if place + 1 < len(layers) else None,
        }
        yield site.page("compare/layer.html", each["href"], crumbs, **context)
        yield script(data_file, grid)


def _alike(after: Grid) -> list[tuple[str, str]]:
    return [(SIMILARITY, SIMILARITY)] if SIMILARITY in after["keys"] else []


def _tiles(compared: Compared, layers: LayerPair) -> list[PairTile]:
    return [
        compared.tile(layers, pair, lazy=place >= EAGER)
        for place, pair in enumerate(layers["pairs"][:STILL])
    ]


def _unpaired(compared: Compared, layers: LayerPair) -> tuple[list[Half], list[Half]]:
    before, after = layers["unpaired"]
    return (
        [compared.before(layers, index) for index in before],
        [compared.after(layers, index) for index in after],
    )
