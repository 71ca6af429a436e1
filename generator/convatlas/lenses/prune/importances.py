"""The importance of what is masked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convatlas.lenses.parts.packed import Numbers
from convatlas.lenses.prune.orders import Values
from convatlas.lenses.prune.units import Group


def importance_of(
    group: Group, importance: Values, losses: Callable[[str], Numbers]
) -> list[float]:
    """Return the importance of each unit of a group.

    It is the mean square of the change of the loss, to first order. What several filters change is
    added up image by image before it is squared, since they are masked at once: they may cancel
    each other out, or all change the same.

    Args:
        group: The group.
        importance: The importance of each filter, by layer.
        losses: Returns the effects of a layer's filters on the losses of images [images, filters],
            which are asked for where filters are tied together.
    """
    if all(len(unit) == 1 for unit in group.units):
        return group.sums(importance)
    total = sum(_by_unit(group, name, losses(name)) for name in group.layers)
    return [float(each) for each in np.square(total).mean(0)]


def _by_unit(group: Group, name: str, losses: Numbers) -> Numbers:
    """Return the sums of the effects of a layer's filters in each unit [images, units]."""
    found = np.zeros((len(losses), len(group.units)))
    for index, own in enumerate(losses.T):
        found[:, group.unit[name, index]] += own
    return found
