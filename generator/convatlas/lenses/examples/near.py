"""The filters that respond to the same images, as tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup

from convatlas.lenses.examples.entries import Nearest
from convatlas.model.manifest import Layer, layer_folder
from convatlas.ui.filter_tiles import Tiles
from convatlas.ui.text import number

NEAR = 3
"""Tiles of filters that are near, in each of the three places."""
PLACES: Mapping[Literal["layer", "network", "atlas"], str] = {
    "layer": "In its layer",
    "network": "In other layers",
    "atlas": "In other networks",
}


class Near(NamedTuple):
    """A filter that answers alike; ``href`` is told from the page."""

    href: str
    name: str
    correlation: str
    face: Markup


def near(
    nearest: Sequence[Nearest], layer: Layer, tiles: Tiles
) -> Iterator[tuple[str, Sequence[Near]]]:
    """Yield the filters that are near, under the words for each place."""
    own = layer_folder(layer)
    for where, title in PLACES.items():
        entries = [
            entry
            for entry in nearest
            if entry["where"] == where and entry["href"] in tiles.filters  # or it is not shown
        ]
        if entries:
            yield title, [_neighbour(entry, own, tiles) for entry in entries[:NEAR]]


def _neighbour(entry: Nearest, own: str, tiles: Tiles) -> Near:
    """A filter under what a reader does not know of it: its layer, its network.

    Addresses leave out what they have in common with ``own``, the folder of the page.
    """
    href, where = entry["href"], entry["where"]
    filter, layer, network = tiles.filters[href]
    far, near = f"../../{own[: own.index('/') + 1]}", "../"
    if where == "layer":
        name, far, near = f"{filter['index']}", f"../../{own}", ""
    elif where == "network":
        name = f"{layer['name']} / {filter['index']}"
    else:
        name = f"{network['name']} / {layer['name']} / {filter['index']}"
    face = Markup(str.replace(tiles.tile(href), far, near))  # as Markup would it takes long
    return Near(f"../../{href}".replace(far, near), name, number(entry["correlation"], 2), face)
