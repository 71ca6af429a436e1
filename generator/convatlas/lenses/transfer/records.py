"""The records of transfer, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.facts import ForeignPicture
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "transfer"


class TransferData(TypedDict):
    """What a filter answers to a picture that was made for a filter of another network."""

    response: float | None
    """The highest over the map; None if it is not finite, or the picture does not reach the layer.
    """


def role(foreign: ForeignPicture) -> str:
    """Return which of the records of its twin a picture's is."""
    return f"{foreign.network}/{foreign.layer}/{foreign.index}"


def read_transfer(records: RecordIndex, foreign: ForeignPicture) -> RecordOf[TransferData] | None:
    """Return what a picture's twin answers, from the records of the twin's network."""
    for request, record in records.all(NAME, foreign.twin_layer, foreign.twin):
        if request.role == role(foreign):
            return cast("RecordOf[TransferData]", record)
    return None
