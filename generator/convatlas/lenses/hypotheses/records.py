"""The shape of what is measured on the pictures of a claim, and how to read it."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordOf

NAME = "hypotheses"


class MeansData(TypedDict):
    """What a layer answers to a picture."""

    means: list[float]  # of each of its filters, over the positions of the map


def read_means(records: RecordIndex, layer: str, picture: str) -> RecordOf[MeansData] | None:
    """What a layer answers to a picture, which is given by its id."""
    return cast("RecordOf[MeansData] | None", records.first(NAME, layer, picture))


def read_picture(records: RecordIndex, picture: str) -> Picture | None:
    """A claim's picture as the network sees it; None where it may not be shown."""
    record = records.first(NAME, None, picture)
    return record.pictures["picture"] if record else None
