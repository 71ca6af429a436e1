"""How alike two layers represent the same images: debiased linear CKA.

Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019), arXiv
1905.00414, with the unbiased estimator of HSIC of Nguyen et al., "Do Wide and Deep Networks Learn
the Same Things?" (ICLR 2021), arXiv 2010.15327, equation 3. It is 1 for features that are rotated
or scaled as a whole, and about 0 for independent ones, however many features and few images.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST = 4
"""Images from which the estimator exists."""


def cka(before: Floats, after: Floats) -> float | None:
    """Return the debiased linear CKA of two representations of the same images, at most 1.

    None for fewer than four images, and where a representation is constant or tells images apart
    by no more than chance.

    Args:
        before: [images, features].
        after: [images, other features].
    """
    if len(before) < LEAST:
        return None
    own = hsic(before, before) * hsic(after, after)
    if not own > 0 or not math.isfinite(own):
        return None
    return min(hsic(before, after) / math.sqrt(own), 1.0)


def hsic(before: Floats, after: Floats) -> float:
    """Return the unbiased estimate of HSIC with linear kernels, without n x n matrices.

    With K the products of the rows of ``before`` and L those of ``after``, diagonals set to zero:
    trace(K L), the sums of all of K and of L, and the products of the sums of their rows.
    """
    count = len(before)
    own, other = (before**2).sum(1), (after**2).sum(1)
    trace = float(((before.T @ after) ** 2).sum() - own @ other)
    rows, others = before @ before.sum(0) - own, after @ after.sum(0) - other
    total = float(rows.sum() * others.sum()) / ((count - 1) * (count - 2))
    common = 2 * float(rows @ others) / (count - 2)
    return (trace + total - common) / (count * (count - 3))
