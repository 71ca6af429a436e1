"""What a filter sees of an image, and the window of it that is shown: that, and little else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convatlas.model.records import Layer

SMALLEST = 24
"""Pixels of the network's input that a window shows at least: fewer cannot be recognised."""


FEW = 9
"""Windows that are shown for a filter at most, where images are not published whole."""


class Crop(NamedTuple):
    """A window of an image, in pixels of the network's input."""

    left: int
    top: int
    width: int
    height: int
    framed: bool  # the field is visibly smaller than the window: a frame tells them apart


def box(layer: Layer, row: int, column: int) -> list[int]:
    """What a position of the map sees: [left, top, right, bottom] in the input's pixels."""
    assert layer.local_field is not None
    (top, bottom), (left, right) = layer.local_field.rows[row], layer.local_field.columns[column]
    return [left, top, right, bottom]


def crop(box: Sequence[int], field: Sequence[int] | None, size: Sequence[int]) -> Crop:
    """The window around ``box`` [left, top, right, bottom] in an input of ``size`` [h, w].

    It is square and as large as the ``field`` [h, w] before clipping, so that all windows of a
    layer have one scale. It is cut to the image's sides, and moved inward at its edge.
    """
    left, top, right, bottom = box
    side = max(right - left, bottom - top, *(field or ()), SMALLEST, min(size) // 8)
    return around(box, side, size)


def window(layer: Layer, position: Sequence[int], size: Sequence[int]) -> Crop:
    """The window that is shown for a position of a layer's map, in an input of ``size`` [h, w]."""
    fields = [field.size for field in (layer.local_field, layer.field) if field and field.size]
    return crop(box(layer, *position), fields[0] if fields else None, size)


def around(box: Sequence[int], side: int, size: Sequence[int]) -> Crop:
    """The square of a side around the middle of ``box``, cut and moved inward as ``crop`` does."""
    left, top, right, bottom = box
    height, width = size
    across, down = min(side, width), min(side, height)
    x, y = _start(left, right, across, width), _start(top, bottom, down, height)
    return framing(box, x, y, across, down)


def framing(box: Sequence[int], left: int, top: int, width: int, height: int) -> Crop:
    """A window as it is, framed where ``box`` lies in it and is visibly smaller."""
    west, north, east, south = box
    inside = left <= west and top <= north and east <= left + width and south <= top + height
    smaller = 8 * (east - west) < 7 * width or 8 * (south - north) < 7 * height
    return Crop(left, top, width, height, framed=inside and smaller)


def _start(low: int, high: int, side: int, limit: int) -> int:
    return min(max((low + high - side) // 2, 0), limit - side)
