"""Two groups of images by what a vector says of each: how clear they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]
"""The group of each image, 0 or 1."""


def directions(vectors: Floats) -> Floats:
    """Return vectors [..., numbers] as unit vectors; zero ones stay zero."""
    sizes = np.linalg.norm(vectors, axis=-1, keepdims=True)
    found: Floats = vectors / np.where(sizes > 0, sizes, 1)
    return found


def cosine(vectors: Floats, groups: Groups) -> float:
    """Return the cosine of the groups' mean vectors."""
    first, second = (vectors[groups == group].mean(0) for group in (0, 1))
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def silhouettes(distances: Floats, groups: Groups) -> Floats:
    """Return how much nearer each vector is to its own group than to the other one, -1 to 1."""
    same = groups[:, None] == groups
    own = (distances * same).sum(1) / (same.sum(1) - 1)
    other = (distances * ~same).sum(1) / (~same).sum(1)
    found: Floats = (other - own) / np.maximum(np.maximum(own, other), 1e-12)
    return found
