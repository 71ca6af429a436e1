"""The shape of an image set's statistics, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "statistics"


class StatisticsData(TypedDict):
    """What ``images.statistics.Statistics`` explains, and how many images it is of."""

    colours: list[list[float]]  # [channels, channels]: from decorrelated planes to colours
    mean: list[float]  # [channels]: the mean colour, from 0 to 1
    spectrum: list[list[list[float]]]  # [channels, rows, columns]: magnitude times frequency
    images: int  # that were looked at


def read_statistics(records: RecordIndex, images: str) -> RecordOf[StatisticsData] | None:
    """Read the statistics of an image set of the atlas, given by its name."""
    return cast("RecordOf[StatisticsData] | None", records.first(NAME, None, images))
