"""The shape of what is traced back from a filter to its strongest images, and how to read it."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "attribution"


class AttributionData(TypedDict):
    """What its pictures show: by method a row of tiles, one for each of the strongest images."""

    count: int  # tiles
    tile: list[int]  # height and width of each, in pixels of the picture
    windows: list[list[int]]  # what each shows: left, top, width and height in the input's pixels
    rectifiers: int  # before the layer; where there are none, all methods are the gradient


def read_attribution(
    records: RecordIndex, layer: str, index: int
) -> RecordOf[AttributionData] | None:
    """What is traced back from a filter; its pictures bear the methods' names."""
    return cast("RecordOf[AttributionData] | None", records.first(NAME, layer, index))
