"""Two kinds of images of a class, by what the filters of the last hidden layer do for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convatlas.lenses.parts.groups import Floats, directions
from convatlas.lenses.parts.spread import spread
from convatlas.lenses.suspects.records import Group, Groups
from convatlas.lenses.suspects.two_groups import two_groups
from convatlas.model.records import short

MOST = 64
"""Maximum number of images of a class that are looked into."""
SHOWN = 6
"""Maximum number of images of a group that are shown."""


def two_kinds(
    layer: str, filters: Sequence[int], effects: Floats, images: Sequence[int]
) -> Groups | None:
    """Return the two kinds of images of a class, or None if they are of one kind.

    Args:
        layer: The layer's name.
        filters: Those that the atlas shows.
        effects: What each filter of the layer does for each image [images, filters].
        images: The images, by their indices in the set.
    """
    chosen = spread(len(images), MOST)
    effects, named = effects[chosen], np.asarray(images)[chosen]
    found = two_groups(effects)
    if found is None:
        return None
    first, second = (np.equal(found, group) for group in (0, 1))
    return {
        "layer": layer,
        "groups": [_group(effects, named, own, filters) for own in (first, second)],
    }


def _group(
    effects: Floats, images: NDArray[np.int64], own: NDArray[np.bool_], filters: Sequence[int]
) -> Group:
    """Return a group with its most typical images, and the filter that does most more for them."""
    here, there = effects[own].mean(0), effects[~own].mean(0)
    index = max(filters, key=lambda each: here[each] - there[each])
    vectors = directions(effects[own])
    typical = np.argsort(-(vectors @ vectors.mean(0)), kind="stable")[:SHOWN]
    return {
        "size": int(own.sum()),
        "images": images[own][typical].tolist(),
        "index": index,
        "here": short(float(here[index])),
        "there": short(float(there[index])),
    }
