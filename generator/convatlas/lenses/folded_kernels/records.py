"""The records of folded kernels, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "folded_kernels"
LAYER = "layer"
"""The item of a layer's record."""
KERNELS = "kernels"
"""The blob of a layer's record: the kernels as little-endian float32, in C order."""


class FoldedKernelsData(TypedDict):
    """What the blob ``KERNELS`` holds."""

    shape: list[int]  # filters, input channels of a filter, rows, columns


def read_folded_kernels(records: RecordIndex, layer: str) -> RecordOf[FoldedKernelsData] | None:
    """Return the kernels of all filters of a layer, whichever are selected."""
    return cast("RecordOf[FoldedKernelsData] | None", records.first(NAME, layer, LAYER))
