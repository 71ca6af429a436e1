"""What the manifest says of attribution: what in its strongest images made a filter respond."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.config.section import Method
from convatlas.model.manifest import File, Filter, Size, lens_entry


class Traced(TypedDict):
    """The attributions by one method."""

    picture: File
    """Tiles side by side, one for each image."""


class AttributionEntry(TypedDict):
    """The strongest images traced back from the filter to their pixels."""

    count: int
    """Images that were traced: the first so many of ``top``."""
    tile: Size
    """[height, width] of a tile in pixels; the same for all methods."""
    windows: list[list[int]]
    """[left, top, width, height] of each tile in the network's input, in pixels."""
    rectifiers: int
    """Rectifiers before the layer; with none all methods are the gradient."""
    methods: dict[Method, Traced]


def attributed(filter: Filter) -> AttributionEntry | None:
    """Return the attributions of a filter; None where there are none."""
    return cast("AttributionEntry | None", lens_entry(filter, "attribution"))
