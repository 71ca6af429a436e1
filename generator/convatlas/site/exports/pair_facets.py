"""What both filters of a pair can be asked for: the facets and orders of their layers' pages."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.model.manifest import Layer
from convatlas.site.exports.grid_js import SIMILARITY, Facet, Grid, all_facets, sorts

Grids = tuple[Grid, Grid]
"""The content of ``wall.js`` of the layer before and of the one after."""


def pair_facets(after: Layer, grids: Grids) -> list[Facet]:
    """Return the facets, except classes, in which the filters of both layers differ.

    Args:
        after: The layer after, which says what the states are called.
    """
    found, more = all_facets(after, _joined(*grids))
    return [
        *(facet for facet in found if len(facet.choices) > 1),
        *(facet for facet in more if facet.choices),
    ]


def _joined(before: Grid, after: Grid) -> Grid:
    """Return what facets are made from, for the filters of both layers together."""
    names = {**before["keys"], **after["keys"]}
    keys = {name: [*_of(before, name), *_of(after, name)] for name in names}
    states = before["states"] + after["states"]
    return {**after, "states": states, "hues": before["hues"] + after["hues"], "keys": keys}


def _of(grid: Grid, name: str) -> Sequence[float | None]:
    return grid["keys"].get(name, ())


def growths(grids: Grids) -> list[tuple[str, str]]:
    """Return the keys and names of the numbers that filters of both layers can be sorted by."""
    before, after = grids
    return [pair for pair in sorts(after) if pair[0] in before["keys"] and pair[0] != SIMILARITY]
