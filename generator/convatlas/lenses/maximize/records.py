"""The records of optimised pictures, and how to read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict, cast

from convatlas.model import scores
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordOf, RecordRequest, StoredRecord

NAME = "maximize"


class PictureAnswer(scores.Answer):
    """The network's response to a picture as encoded."""

    position: list[int]  # row and column of the response in the map
    map: list[int]  # height and width of the layer's map for a picture of this size


class Provenance(TypedDict):
    """The hardware and software that a picture was optimised with."""

    device: str  # "cpu", or the name of the GPU
    precision: str  # "float32", "bfloat16"
    torch: str  # the version


class HistoryData(TypedDict):
    """The optimisation history of a picture: the objective's value before some steps."""

    steps: list[int]  # step numbers, rising
    responses: list[float | None]  # [steps]; None if not finite
    frames: list[int]  # the steps whose canvases the picture "history" shows, side by side


class Instead(TypedDict):
    """What a record says if the network refuses the canvas of the requested recipe."""

    made: NotRequired[Json]  # the recipe by which the pictures were made


class AttemptData(PictureAnswer, Instead):
    """One picture of a filter; files: "picture", "history" and, optionally, "attended"."""

    provenance: Provenance
    history: NotRequired[HistoryData]  # missing in the oldest records


class GroupData(Instead):
    """Several different pictures of a filter, by number: "0", "1", ..."""

    members: list[PictureAnswer]
    provenance: Provenance


def read_attempts(
    records: RecordIndex, layer: str, index: int, role: str
) -> list[tuple[RecordRequest, RecordOf[AttemptData]]]:
    """Return the attempts for a role in their order; the role must not be "diverse"."""
    return [
        (request, as_attempt(record))
        for request, record in records.all(NAME, layer, index)
        if request.role == role
    ]


def as_attempt(record: StoredRecord) -> RecordOf[AttemptData]:
    """Return a record, typed as that of a single picture."""
    return cast("RecordOf[AttemptData]", record)


def as_group(record: StoredRecord) -> RecordOf[GroupData]:
    """Return a record, typed as that of several pictures."""
    return cast("RecordOf[GroupData]", record)


def exciting_answers(records: RecordIndex, layer: str, index: int) -> Iterator[PictureAnswer]:
    """Yield the network's response to each picture that was made to excite a filter."""
    for request, record in records.all(NAME, layer, index):
        if request.recipe["direction"] == "positive":
            yield from cast("list[PictureAnswer]", record.data.get("members", [record.data]))
