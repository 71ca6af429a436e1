"""Whether a filter fires for two reasons: its strongest images by what drives it there.

As in PURE (Dreyer et al., "PURE: Turning Polysemantic Neurons Into Pure Features by Identifying
Relevant Circuits", 2024), images are split into two groups by k-means on what they owe to each
input. There are few of them, so the best split is found by trying all. Any images can be split; so
the groups count only if they lie apart, and further than those of shuffled numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from convatlas.lenses.parts.groups import Floats, Groups, cosine, directions, silhouettes

LEAST = 3
"""The number of images that each group must have."""
ALIKE = 0.3
"""The cosine of the groups' mean vectors from which on they count as one reason."""
APART = 0.5
"""The mean silhouette that two groups must have; from here on structure is called reasonable
(Kaufman and Rousseeuw, "Finding Groups in Data", 1990)."""
MOST = 12
"""The largest number of images of which all splits are tried; the strongest count."""
SHUFFLES = 99
"""How often what images owe to an input is shuffled among them, for each input by itself."""
CHANCE = 0.05
"""The share of these whose groups may be as close around their means as those found."""


def two_reasons(drops: Floats) -> list[int] | None:
    """Return the group of each image, 0 or 1, or None if they are of one kind.

    Args:
        drops: What each of them owes to each input [images, inputs].
    """
    drops = drops[:MOST]
    if len(drops) < 2 * LEAST or not (np.isfinite(drops).all() and drops.any(1).all()):
        return None
    vectors = directions(drops)
    products = vectors @ vectors.T
    if products.min() >= ALIKE:  # so that the groups' mean vectors are alike as well
        return None
    groups, fit = _best(products)
    fits = silhouettes(1 - products, groups)
    if fits.min() <= 0 or fits.mean() < APART or cosine(vectors, groups) >= ALIKE:
        return None
    first, second = (int(drops[groups == group].mean(0).argmax()) for group in (0, 1))
    return groups.tolist() if first != second and _chance(drops, fit) <= CHANCE else None


def _best(products: Floats) -> tuple[Groups, float]:
    """Return the split of unit vectors whose groups lie closest around their means, and its fit."""
    (fits,) = _fits(products[None])
    return _splits(len(products))[int(fits.argmax())], float(fits.max())


@lru_cache
def _splits(count: int) -> Groups:
    """Return all splits of so many images [splits, images]; the first one is in group 0."""
    bits = np.arange(1 << (count - 1))[:, None] >> np.arange(count - 1) & 1
    second = np.concatenate([np.zeros((len(bits), 1), dtype=np.int64), bits], 1)
    sizes = second.sum(1)
    splits: Groups = second[(sizes >= LEAST) & (sizes <= count - LEAST)]
    return splits


def _fits(products: Floats) -> Floats:
    """Return how close the groups of each split lie around their means [sets, splits].

    Of unit vectors, the closer they lie, the longer is their sum. ``products`` are the scalar
    products of several sets of vectors [sets, n, n].
    """
    second = _splits(products.shape[-1]).astype(float)
    fits: Floats = np.zeros((len(products), len(second)))
    for group in (second, 1 - second):
        fits += ((group @ products) * group).sum(-1) / group.sum(1)
    return fits


def _chance(drops: Floats, fit: float) -> float:
    """Return the share of shuffles whose best split is at least as good."""
    random = np.random.Generator(np.random.Philox(0))
    orders = random.random((SHUFFLES, *drops.shape)).argsort(1)
    vectors = directions(np.take_along_axis(drops[None], orders, 1))
    fits = _fits(vectors @ vectors.transpose(0, 2, 1))
    return float((fits.max(1) >= fit - 1e-9).mean())
