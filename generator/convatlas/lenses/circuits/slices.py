"""The kernels on a filter's listed inputs, as small pictures: red excites, blue inhibits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convatlas.images.colour import diverging

Floats = NDArray[np.float32]

SHADES = 15
"""How many shades of either colour there are: with so few colours, files are much smaller."""


def sheet(kernels: Sequence[Floats], columns: int) -> NDArray[np.uint8]:
    """Return a picture with a row of slices for each filter, one pixel a weight.

    Each filter has a scale of its own: its largest magnitude gets the full colour.

    Args:
        kernels: The slices of each filter [slices, rows, columns].
        columns: The number of places in a row.
    """
    height, width = kernels[0].shape[1:]
    values = np.zeros((len(kernels) * height, columns * width), dtype=np.float32)
    for row, slices in enumerate(kernels):
        largest = float(np.abs(slices).max()) if slices.size else 0.0
        scaled = slices / largest if largest > 0 else slices
        for column, each in enumerate(scaled):
            top, left = row * height, column * width
            values[top : top + height, left : left + width] = each
    return diverging(np.rint(SHADES * values) / SHADES)
