"""Where in its map a filter peaks on each image, and how much of the map it fills: in one byte."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GRID = 4
"""Cells along each side of a map; smaller maps have none."""

Bytes = NDArray[np.uint8]


class Peaks(NamedTuple):
    """Where a filter peaks on each image [images]."""

    cells: Bytes
    """The cell, from 0 in the top left corner, row by row, to 15."""
    filled: Bytes
    """Sixteenths of the map on which the response is above zero, rounded up; at most 15."""


def packed_peaks(positions: NDArray[np.int32], filled: Bytes, shape: tuple[int, int]) -> Bytes:
    """Return ``Peaks`` as bytes.

    Args:
        positions: The positions, flat indices into maps of a ``shape`` [h, w].
        filled: As in ``Peaks``, in the same shape.
        shape: That of a map.
    """
    height, width = shape
    rows, columns = np.divmod(positions, width)
    cells = rows * GRID // height * GRID + columns * GRID // width
    packed: Bytes = cells.astype(np.uint8) * 16 + filled
    return packed


def unpacked_peaks(data: bytes) -> Peaks:
    """Return what a byte for each image says."""
    packed: Bytes = np.frombuffer(data, np.uint8)
    return Peaks(packed // 16, packed % 16)
