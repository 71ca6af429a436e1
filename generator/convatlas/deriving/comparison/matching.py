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


def most_similar(cka: NDArray[np.float64]) -> list[int | None]:
    """Return for each layer before the one after with the highest CKA; None where none is known.

    Args:
        cka: [before, after]; NaN where it is not known.
    """
    known = np.where(np.isnan(cka), -np.inf, cka)
    return [int(row.argmax()) if np.isfinite(row).any() else None for row in known]
