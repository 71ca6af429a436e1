"""Which filter of the one layer is held beside which of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Matching:
    """Pairs of filters, in the order of those before."""

    pairs: list[tuple[int, int]]  # indices before and after
    mutual: list[bool] | None = None  # of each pair; None if paired by index


def by_index(before: Sequence[int], after: Sequence[int]) -> Matching:
    """Return the filters that both have."""
    both = set(after)
    return Matching([(index, index) for index in before if index in both])


def by_correlation(before: Sequence[int], after: Sequence[int], correlations: Floats) -> Matching:
    """Return the pairs whose correlations have the largest sum.

    As in the activation matching of Ainsworth et al., "Git Re-Basin" (ICLR 2023), arXiv 2209.04836.
    Constant filters are left over, and are paired with each other.

    Args:
        before: Indices of filters.
        after: Indices of filters.
        correlations: [before, after]; NaN where one of them is constant.
    """
    from scipy.optimize import linear_sum_assignment

    values = np.nan_to_num(correlations, nan=0.0)
    rows, columns = linear_sum_assignment(values, maximize=True)
    nearest, nearest_back = values.argmax(1), values.argmax(0)
    mutual = (nearest[rows] == columns) & (nearest_back[columns] == rows)
    found = zip(rows.tolist(), columns.tolist(), strict=True)
    pairs = [(before[row], after[column]) for row, column in found]
    return Matching(pairs, mutual.tolist())


def aligned(cka: NDArray[np.float64]) -> list[int | None]:
    """Return for each layer before its partner after, so that the sum of CKAs is highest.

    No layer has two partners, and partners stand in the same order in both networks. As in the
    alignment of Needleman and Wunsch (J. Mol. Biol., 1970), with gaps at no cost. None is for
    layers without a partner.

    Args:
        cka: [before, after]; NaN where it is not known.
    """
    gains = np.nan_to_num(cka, nan=0.0).clip(0)
    sums = np.zeros((gains.shape[0] + 1, gains.shape[1] + 1))  # of the first layers of both
    for row, column in np.ndindex(*gains.shape):
        paired = sums[row, column] + gains[row, column]
        sums[row + 1, column + 1] = max(paired, sums[row, column + 1], sums[row + 1, column])
    found: list[int | None] = [None] * gains.shape[0]
    row, column = gains.shape
    while row and column:
        if sums[row, column] == sums[row - 1, column]:
            row -= 1
        elif sums[row, column] == sums[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            found[row] = column
    return found
