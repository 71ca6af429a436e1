"""The manifest's entries for attribution: the pixels that filters respond to."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.config.section import Method
from convatlas.model.manifest import File, Filter, Size, lens_entry


class Traced(TypedDict):
    """The attributions by one method."""

    picture: File
    """Tiles in a row, one for each image."""


class AttributionEntry(TypedDict):
    """The strongest images of a filter, traced back to their pixels."""

    count: int
    """Number of traced images, which are the first of ``top``."""
    tile: Size
    """[height, width] of a tile in pixels; the same for all methods."""
    windows: list[list[int]]
    """[left, top, width, height] of each tile in the network's input, in pixels."""
    rectifiers: int
    """Number of rectifiers before the layer; without any, all methods equal the gradient."""
    methods: dict[Method, Traced]


def attributed(filter: Filter) -> AttributionEntry | None:
    """Return the attributions of a filter; None if there are none."""
    return cast("AttributionEntry | None", lens_entry(filter, "attribution"))
