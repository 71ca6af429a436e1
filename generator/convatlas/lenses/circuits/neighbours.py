"""Filters as neighbours of others on the page of a layer: tile, link, and how much they matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.circuits.entries import NeighbourEntry
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.ui.page import Site
from convatlas.ui.text import percent
from convatlas.ui.tile_drawing import DrawnOnce


class Neighbour(NamedTuple):
    """A filter that another one reads."""

    href: str | None
    """Its page, from the site's root; None if the atlas does not show it."""
    face: Markup
    """Its tile; empty if the atlas does not show it."""
    layer: str
    number: int
    drop: str
    """"+57 %", of the reader's response."""
    excites: bool


@dataclass(frozen=True)
class Neighbours:
    """Shows filters of one network on one page, with each sprite once."""

    site: Site
    network: Network
    drawn: DrawnOnce

    def shown(self, told: NeighbourEntry) -> Neighbour:
        """Return a neighbour as it is shown."""
        found = self._find(told["layer"], told["index"])
        href, face = None, Markup()
        if found is not None:
            layer, filter = found
            href, face = layer_folder(layer) + filter["href"], self.face(layer, filter)
        drop = told["drop"]
        sign = "+" if drop > 0 else "−"
        size = f"{sign}{percent(abs(drop))}"
        return Neighbour(href, face, told["layer"], told["index"], size, drop > 0)

    def face(self, layer: Layer, filter: Filter) -> Markup:
        """Return a filter's tile."""
        return Markup(self.drawn.once(self.site.tiles.tile(layer_folder(layer) + filter["href"])))

    def _find(self, name: str, index: int) -> tuple[Layer, Filter] | None:
        for layer in self.network["layers"]:
            if layer["name"] == name:
                for filter in layer["filters"]:
                    if filter["index"] == index:
                        return layer, filter
        return None
