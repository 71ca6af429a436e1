"""Filters on the page of an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.edits.entries import Carrier
from convatlas.lenses.parts.placed_filters import Placed, placed_filters
from convatlas.model.manifest import Network, layer_folder
from convatlas.ui.page import Site
from convatlas.ui.tile_drawing import DrawnOnce

MOST = 24
"""Maximum number of filters that an edit's page shows."""


class ShownCarrier(NamedTuple):
    """A filter that carries part of what an edit does."""

    href: str
    """Its page, from the page of an edit."""
    face: Markup
    layer: str
    number: int
    """Its index."""
    share: float
    auc: float | None


@dataclass(frozen=True)
class ShownFilters:
    """Shows filters of one network."""

    site: Site
    network: Network

    @cached_property
    def _filters(self) -> Placed:
        return placed_filters(self.network)

    def carriers(self, told: Sequence[Carrier], drawn: DrawnOnce) -> list[ShownCarrier]:
        """Return the first of the filters; ``drawn`` are the pictures that the page has already."""
        return [self._shown(each, drawn) for each in told[:MOST]]

    def _shown(self, told: Carrier, drawn: DrawnOnce) -> ShownCarrier:
        filter, layer = self._filters[told["layer"], told["index"]]
        href = layer_folder(layer) + filter["href"]
        face = Markup(drawn.once(self.site.tiles.tile(href)))
        return ShownCarrier(
            f"../../{href}", face, layer["name"], filter["index"], told["share"], told["auc"]
        )
