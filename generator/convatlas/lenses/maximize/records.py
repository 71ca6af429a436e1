"""The shape of what is kept of a picture that was made for a filter, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict, cast

from convatlas.model import scores as scores
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf, RecordRequest, StoredRecord

NAME = "maximize"


class PictureAnswer(scores.Answer):
    """What the network answers to a picture as it was encoded."""

    position: list[int]  # row and column of the response in the map
    map: list[int]  # height and width of the layer's map for a picture of this size


class Provenance(TypedDict):
    """On what a picture was optimised."""

    device: str  # "cpu", or the name of the GPU
    precision: str  # "float32", "bfloat16"
    torch: str  # the version


class HistoryData(TypedDict):
    """How a picture came to be: the objective's value before some steps."""

    steps: list[int]  # numbers of steps, rising
    responses: list[float | None]  # at each of them; None where it is not finite
    frames: list[int]  # the steps whose canvas the picture "history" shows, side by side


class AttemptData(PictureAnswer):
    """One picture of a filter. Its pictures are "picture", "history" and at times "attended"."""

    provenance: Provenance
    history: NotRequired[HistoryData]  # which the oldest records do not have


class GroupData(TypedDict):
    """Several different pictures of a filter, by number: "0", "1", ..."""

    members: list[PictureAnswer]
    provenance: Provenance


def read_attempts(
    records: RecordIndex, layer: str, index: int, role: str
) -> list[tuple[RecordRequest, RecordOf[AttemptData]]]:
    """The attempts at a picture in one role, in their order; not for the role "diverse"."""
    return [
        (request, as_attempt(record))
        for request, record in records.all(NAME, layer, index)
        if request.role == role
    ]


def as_attempt(record: StoredRecord) -> RecordOf[AttemptData]:
    """The record of a single picture."""
    return cast("RecordOf[AttemptData]", record)


def as_group(record: StoredRecord) -> RecordOf[GroupData]:
    """The record of several pictures."""
    return cast("RecordOf[GroupData]", record)


def exciting_answers(records: RecordIndex, layer: str, index: int) -> Iterator[PictureAnswer]:
    """What the network answers to every picture that was made to excite a filter."""
    for request, record in records.all(NAME, layer, index):
        if request.recipe["direction"] == "positive":
            yield from cast("list[PictureAnswer]", record.data.get("members", [record.data]))
