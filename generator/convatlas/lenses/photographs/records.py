"""Published images of the network's image set, and how to find them."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture

NAME = "photographs"


def read_photograph(records: RecordIndex, image: str) -> Picture | None:
    """Read an image, given by its id, as the network saw it."""
    record = records.first(NAME, None, image)
    return record.pictures["picture"] if record else None


def all_photographs(records: RecordIndex) -> Iterator[tuple[str, Picture]]:
    """Yield all images in the index, each with its id."""
    for request, record in records.of_lens(NAME):
        yield str(request.item), record.pictures["picture"]
