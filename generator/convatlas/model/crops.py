"""The part of an image that a filter sees, and the crop of the image that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convatlas.model.facts import Layer

SMALLEST = 24
"""Minimum side of a crop, in pixels of the network's input, for its content to be recognisable."""


FEW = 9
"""Maximum number of crops shown for a filter if images are not published in full."""


class Crop(NamedTuple):
    """A crop of an image, in pixels of the network's input."""

    left: int
    top: int
    width: int
    height: int
    framed: bool  # whether the field is visibly smaller than the crop, and a frame marks it


def box(layer: Layer, row: int, column: int) -> list[int]:
    """Return what a position of the map sees, in input pixels: [left, top, right, bottom]."""
    assert layer.local_field is not None
    (top, bottom), (left, right) = layer.local_field.rows[row], layer.local_field.columns[column]
    return [left, top, right, bottom]


def crop(box: Sequence[int], field: Sequence[int] | None, size: Sequence[int]) -> Crop:
    """Return the crop around ``box`` [left, top, right, bottom] in an input of ``size`` [h, w].

    It is a square as large as the unclipped ``field`` [h, w], so that all crops of a layer have the
    same scale. It is clipped to the image's sides, and moved inward at its edges.
    """
    left, top, right, bottom = box
    side = max(right - left, bottom - top, *(field or ()), SMALLEST, min(size) // 8)
    return around(box, side, size)


def window(layer: Layer, position: Sequence[int], size: Sequence[int]) -> Crop:
    """Return the crop for a position of a layer's map, in an input of ``size`` [h, w]."""
    fields = [field.size for field in (layer.local_field, layer.field) if field and field.size]
    return crop(box(layer, *position), fields[0] if fields else None, size)


def around(box: Sequence[int], side: int, size: Sequence[int]) -> Crop:
    """Return the square around the middle of ``box``, clipped and moved as in ``crop``."""
    left, top, right, bottom = box
    height, width = size
    across, down = min(side, width), min(side, height)
    x, y = _start(left, right, across, width), _start(top, bottom, down, height)
    return framing(box, x, y, across, down)


def framing(box: Sequence[int], left: int, top: int, width: int, height: int) -> Crop:
    """Return the given crop, framed if it contains ``box`` and ``box`` is visibly smaller."""
    west, north, east, south = box
    inside = left <= west and top <= north and east <= left + width and south <= top + height
    smaller = 8 * (east - west) < 7 * width or 8 * (south - north) < 7 * height
    return Crop(left, top, width, height, framed=inside and smaller)


def _start(low: int, high: int, side: int, limit: int) -> int:
    return min(max((low + high - side) // 2, 0), limit - side)
