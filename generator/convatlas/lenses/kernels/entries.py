"""What the manifest says of a filter's kernel."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from convatlas.model.manifest import File, Filter, Size, lens_entry


class Slice(TypedDict):
    """The weights on one input channel."""

    channel: int
    """Of the layer's input."""
    norm: float
    """The L2 norm of its weights."""


class KernelsEntry(TypedDict):
    """A filter's kernel, as one picture."""

    mode: Literal["colour", "grey", "slices"]
    """Whether it is drawn on the channels of an image, or as slices side by side."""
    size: Size
    """Of a slice: [height, width] in weights, one pixel each."""
    inputs: int
    """How many slices there are."""
    slices: list[Slice]
    """Those drawn: the strongest first; all of them, in order, in "colour" and "grey"."""
    picture: File
    """In mode "slices" slice i starts at x = i * width."""


def kernels(filter: Filter) -> KernelsEntry | None:
    """Return a filter's kernel; None where it is not drawn."""
    return cast("KernelsEntry | None", lens_entry(filter, "kernels"))
