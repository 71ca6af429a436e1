"""The shape of what is kept of a filter's kernel, and how to read it."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "kernels"

Mode = Literal["colour", "grey", "slices"]
"""How a kernel is shown: on three or one channels of the picture, or slice by slice."""


class Slice(TypedDict):
    """The part of a kernel that one input channel goes through."""

    channel: int
    norm: float  # L2


class KernelData(TypedDict):
    """What the picture shows: the kernel in colour or grey, or some slices side by side.

    In mode "slices" slice i stands at x from i * width to (i + 1) * width.
    """

    mode: Mode
    size: list[int]  # height and width of the kernel, and of a slice in the picture
    inputs: int  # how many slices the kernel has
    slices: list[Slice]  # that are shown, the strongest first; of colours, their channels in order


def read_kernel(records: RecordIndex, layer: str, index: int) -> RecordOf[KernelData] | None:
    """Read the kernel of a filter; the picture is "kernel"."""
    return cast("RecordOf[KernelData] | None", records.first(NAME, layer, index))
