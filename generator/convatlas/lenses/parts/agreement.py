"""How well predicted numbers agree with true ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def spearman(first: Floats, second: Floats) -> float | None:
    """Return the rank correlation of two vectors; None if either is constant, or not finite."""
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    ranks = [_ranks(first), _ranks(second)]
    if any(np.ptp(each) == 0 for each in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def slope(predicted: Floats, true: Floats) -> float | None:
    """Return true numbers over predicted ones, by least squares through zero; None if undefined."""
    square, product = float(predicted @ predicted), float(predicted @ true)
    return product / square if square > 0 and math.isfinite(product / square) else None


def _ranks(values: Floats) -> Floats:
    """Return the rank of each value from 1; equal ones share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts - 1) / 2)[places], dtype=np.float64)
