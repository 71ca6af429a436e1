"""Numbers of several images and filters in two bytes each, for blobs of records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convatlas.model.records import short

Numbers = NDArray[np.float64]


def packed(numbers: Numbers) -> tuple[bytes, float]:
    """Return finite numbers [images, filters] in little-endian float16, and their unit.

    The unit is the largest of their sizes, so that 11 bits are kept of all that are more than a
    16,000th of it, and nothing of those that are less than a 30-millionth.
    """
    unit = short(float(np.abs(numbers).max(initial=0))) or 1.0
    return (numbers / unit).astype("<f2").tobytes(), unit


def unpacked(data: bytes, unit: float, filters: int) -> Numbers:
    """Return the numbers [images, filters]."""
    return np.frombuffer(data, "<f2").reshape(-1, filters).astype(np.float64) * unit
