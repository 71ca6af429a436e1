"""Orders in which filters are masked, and the masks at each share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from convatlas.lenses.prune.units import Group, Place

SEED = 1
IMPORTANCE, NORM = "importance", "norm"
RANDOM = ("first draw", "second draw", "third draw")
"""The random orders, whose mean is told where all layers are masked together."""

Mask = frozenset[Place]
Values = Mapping[str, Sequence[float]]
"""By layer, a value of each of its filters."""


@dataclass(frozen=True)
class Orders:
    """The orders of a group's units: the places in ``Group.units``, those to be masked first.

    Attributes:
        group: The group.
        by: The orders by name. There is none by norm if one of the kernels is not known.
    """

    group: Group
    by: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, group: Group, importance: Sequence[float], norms: Values, number: int) -> Orders:
        """Return the orders of the n-th group: by importance, by sums of norms, and random.

        Args:
            group: The group.
            importance: The importance of each of its units.
            norms: The norms of filters, where they are known.
            number: The group's number, from which the random orders are drawn.
        """
        count = len(group.units)
        orders = {IMPORTANCE: _rising(importance)}
        if all(name in norms for name in group.layers):
            orders[NORM] = _rising(group.sums(norms))
        drawn = {name: _shuffled(count, number, draw) for draw, name in enumerate(RANDOM)}
        return cls(group, {**orders, **drawn})

    def mask(self, name: str, share: float) -> Mask:
        """Return the filters of the first units of an order."""
        first = self.by[name][: self.count(share)]
        return frozenset(place for n in first for place in self.group.units[n])

    def count(self, share: float) -> int:
        """Return how many units are masked, rounded as by ``torch.nn.utils.prune``."""
        return round(share * len(self.group.units))


def _rising(values: Sequence[float]) -> list[int]:
    """Return the places of values in rising order; equal ones stay in theirs."""
    return sorted(range(len(values)), key=lambda place: values[place])


def _shuffled(count: int, group: int, draw: int) -> list[int]:
    random = np.random.Generator(np.random.Philox(key=[SEED, group], counter=[0, 0, 0, draw]))
    return [int(place) for place in random.permutation(count)]
