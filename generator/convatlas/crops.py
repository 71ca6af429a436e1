"""What a filter sees of an image, and the window of it that is shown: that, and little else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convatlas.records import Layer

SMALLEST = 24
"""Pixels of the network's input that a window shows at least: fewer cannot be recognised."""


@dataclass(frozen=True)
class Crop:
    """A window of an image, in pixels of the network's input."""

    left: int
    top: int
    width: int
    height: int
    framed: bool  # the field is visibly smaller than the window: a frame tells them apart


def box(layer: Layer, row: int, column: int) -> list[int]:
    """What a position of the map sees: [left, top, right, bottom] in the input's pixels."""
    assert layer.local is not None
    (top, bottom), (left, right) = layer.local.rows[row], layer.local.columns[column]
    return [left, top, right, bottom]


def crop(box: Sequence[int], field: Sequence[int] | None, size: Sequence[int]) -> Crop:
    """The window around ``box`` [left, top, right, bottom] in an input of ``size`` [h, w].

    It is square and as large as the ``field`` [h, w] before clipping, so that all windows of a
    layer have one scale. It is cut to the image's sides, and moved inward at its edge.
    """
    left, top, right, bottom = box
    height, width = size
    side = max(right - left, bottom - top, *(field or ()), SMALLEST, min(size) // 8)
    across, down = min(side, width), min(side, height)
    return Crop(
        left=_start(left, right, across, width),
        top=_start(top, bottom, down, height),
        width=across,
        height=down,
        framed=8 * (right - left) < 7 * across or 8 * (bottom - top) < 7 * down,
    )


def _start(low: int, high: int, side: int, limit: int) -> int:
    return min(max((low + high - side) // 2, 0), limit - side)
