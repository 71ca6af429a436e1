"""The filters that respond to the same images, as thumbnails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup

from convatlas.lenses.examples.entries import Nearest
from convatlas.model.manifest import Layer, layer_folder
from convatlas.ui.filter_tiles import Tiles
from convatlas.ui.text import number

NEAR = 3
"""Maximum number of similar filters in each of the three places."""
PLACES: Mapping[Literal["layer", "network", "atlas"], str] = {
    "layer": "In its layer",
    "network": "In other layers",
    "atlas": "In other networks",
}


class Near(NamedTuple):
    """A filter that responds similarly; ``href`` is relative to the page."""

    href: str
    name: str
    correlation: str
    face: Markup


def near(
    nearest: Sequence[Nearest], layer: Layer, tiles: Tiles
) -> Iterator[tuple[str, Sequence[Near]]]:
    """Yield the heading of each place with the similar filters there."""
    own = layer_folder(layer)
    for where, title in PLACES.items():
        entries = [
            entry
            for entry in nearest
            if entry["where"] == where and entry["href"] in tiles.filters  # the atlas shows it
        ]
        if entries:
            yield title, [_neighbour(entry, own, tiles) for entry in entries[:NEAR]]


def _neighbour(entry: Nearest, own: str, tiles: Tiles) -> Near:
    """Return a similar filter, named with the layer and the network where they differ.

    URLs are shortened by what they have in common with ``own``, the folder of the page.
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
    face = Markup(str.replace(tiles.tile(href), far, near))  # because Markup.replace is slow
    return Near(f"../../{href}".replace(far, near), name, number(entry["correlation"], 2), face)
