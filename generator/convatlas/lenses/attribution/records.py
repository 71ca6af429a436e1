"""The records of attribution, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "attribution"


class AttributionData(TypedDict):
    """The layout of a record's pictures: a row of tiles by method, one tile for each image."""

    count: int  # number of tiles
    tile: list[int]  # height and width of a tile, in pixels of the picture
    windows: list[list[int]]  # each tile's left, top, width and height in pixels of the input
    rectifiers: int  # number before the layer; without any, all methods equal the gradient


def read_attribution(
    records: RecordIndex, layer: str, index: int
) -> RecordOf[AttributionData] | None:
    """Return a filter's attributions, with a picture by the name of each method."""
    return cast("RecordOf[AttributionData] | None", records.first(NAME, layer, index))
