"""The records of hypotheses, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordOf

NAME = "hypotheses"


class MeansData(TypedDict):
    """The responses of a layer to a picture."""

    means: list[float]  # of each filter, over the positions of the map


def read_means(records: RecordIndex, layer: str, picture: str) -> RecordOf[MeansData] | None:
    """Return the mean responses of a layer to a picture, given the picture's id."""
    return cast("RecordOf[MeansData] | None", records.first(NAME, layer, picture))


def read_picture(records: RecordIndex, picture: str) -> Picture | None:
    """Return a claim's picture as the network sees it; None if it may not be shown."""
    record = records.first(NAME, None, picture)
    return record.pictures["picture"] if record else None
