"""Whether the images of a class fall into two groups by what filters do for them.

As in SpRAy (Lapuschkin et al., "Unmasking Clever Hans predictors and assessing what machines really
learn", Nature Communications 2019), where the images that a copyright notice decided were such a
group. Any images can be split; so the groups count only if they lie apart, and more clearly than
those of clouds without groups that are as long and as wide, as in SigClust (Liu et al.,
"Statistical Significance of Clustering for High-Dimension, Low-Sample Size Data", JASA 2008).
"""

from __future__ import annotations

from math import comb

import numpy as np

from convatlas.lenses.parts.groups import Floats, Groups, directions, silhouettes

LEAST = 3
"""The number of images that each group must have."""
APART = 0.3
"""The mean silhouette of cosine distances that two groups must have; from 0.25 on structure may be
more than an artefact (Kaufman and Rousseeuw, "Finding Groups in Data", 1990)."""
CLOUDS = 99
"""How many clouds without groups are split in the same way."""
CLEARER = 3.0
"""By how many of their standard deviations two groups must be further apart than theirs."""
MIDDLE = 0.25
"""The share of numbers that are spread evenly which lie in the middle half of the way from the mean
of the lower half of them to that of the upper one."""
CHANCE = 0.01
"""How likely it may be that no more images than were found lie there, if they are spread evenly. So
there must be 16 images at least."""
ROUNDS = 30
"""Maximum number of rounds of k-means."""


def two_groups(effects: Floats) -> list[int] | None:
    """Return the group of each image, 0 for the larger one, or None if they are of one kind.

    Args:
        effects: What each filter does for each image [images, filters].
    """
    if len(effects) < 2 * LEAST or not (np.isfinite(effects).all() and effects.any(1).all()):
        return None
    vectors = directions(effects)
    axes = _axes(vectors)
    (groups,) = _split(axes[None])
    sizes = np.bincount(groups, minlength=2)
    if sizes.min() < LEAST or silhouettes(1 - vectors @ vectors.T, groups).mean() < APART:
        return None
    (apart,), clouds = _apart(axes[None], groups[None]), _clouds(axes)
    if apart < clouds.mean() + CLEARER * clouds.std() or _evenly(axes, groups) > CHANCE:
        return None
    larger = int(sizes.argmax())
    return [int(group != larger) for group in groups]


def _axes(vectors: Floats) -> Floats:
    """Return vectors as coordinates on their principal axes, the longest first [images, axes]."""
    centred = vectors - vectors.mean(0)
    values, axes = np.linalg.eigh(centred @ centred.T)
    found: Floats = (axes * np.sqrt(values.clip(0)))[:, ::-1]
    return found


def _split(sets: Floats) -> Groups:
    """Split sets of vectors [sets, images, axes] by k-means from their first axis."""
    groups = (sets[..., 0] > 0).astype(np.int64)
    for _ in range(ROUNDS):
        means = _means(sets, groups)
        distances = ((sets[:, :, None] - means[:, None]) ** 2).sum(-1)
        moved = distances.argmin(-1)
        if (moved == groups).all():
            break
        groups = moved
    return groups


def _means(sets: Floats, groups: Groups) -> Floats:
    """Return the means of the groups of each set [sets, 2, axes]."""
    members = np.stack([1 - groups, groups], 1).astype(float)
    means: Floats = members @ sets / members.sum(-1, keepdims=True).clip(1)
    return means


def _apart(sets: Floats, groups: Groups) -> Floats:
    """Return how far groups lie apart on the line through their means [sets].

    It is the share of the variance along that line that lies between them, 0 to 1.
    """
    means = _means(sets, groups)
    line = np.einsum("sia,sa->si", sets, means[:, 1] - means[:, 0])
    centres = np.take_along_axis(_means(line[..., None], groups)[..., 0], groups, 1)
    within, total = line - centres, line - line.mean(1, keepdims=True)
    apart: Floats = 1 - (within**2).sum(1) / (total**2).sum(1).clip(1e-300)
    return apart


def _evenly(axes: Floats, groups: Groups) -> float:
    """Return how likely so few lie between the groups if they are spread evenly."""
    ((first, second),) = _means(axes[None], groups[None])
    way = second - first
    along = (axes - (first + second) / 2) @ way / (way @ way)
    count, middle = len(axes), int((np.abs(along) < 0.25).sum())
    return sum(comb(count, k) * MIDDLE**k * (1 - MIDDLE) ** (count - k) for k in range(middle + 1))


def _clouds(axes: Floats) -> Floats:
    """Return how far the groups lie apart of clouds whose axes have the same lengths [clouds]."""
    random = np.random.Generator(np.random.Philox(0))
    clouds = random.standard_normal((CLOUDS, *axes.shape)) * axes.std(0)
    return _apart(clouds, _split(clouds))
