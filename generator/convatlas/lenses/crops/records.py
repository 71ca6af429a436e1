"""The shape of the windows that are cut out of a filter's strongest images, and how to read it."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "windows"


class CropsData(TypedDict):
    """What the picture shows: windows of one size side by side, the strongest image's first."""

    size: list[int]  # height and width of each, in pixels of the picture
    count: int


def read_crops(records: RecordIndex, layer: str, index: int) -> RecordOf[CropsData] | None:
    """Read the windows of a filter; the picture is "crops"."""
    return cast("RecordOf[CropsData] | None", records.first(NAME, layer, index))
