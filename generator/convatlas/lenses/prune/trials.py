"""Trials: the masks of some layers in several orders, and what is left with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from convatlas.lenses.prune.orders import IMPORTANCE, NORM, RANDOM, Mask, Orders
from convatlas.lenses.prune.records import TrialData
from convatlas.model.records import short


@dataclass(frozen=True)
class Trial:
    """Masks of some groups of layers, at each share.

    Attributes:
        orders: The orders of the groups, all of which are masked.
        shares: The shares of their units that are masked, in rising order.
        draws: How many random orders are tried.
    """

    orders: Sequence[Orders]
    shares: Sequence[float]
    draws: int

    @cached_property
    def _by(self) -> Mapping[str, list[Mask]]:
        """The mask of each share, by each order that all groups have."""
        return {
            name: [
                Mask().union(*(each.mask(name, share) for each in self.orders))
                for share in self.shares
            ]
            for name in (IMPORTANCE, NORM, *RANDOM[: self.draws])
            if all(name in each.by for each in self.orders)
        }

    def masks(self) -> Iterator[Mask]:
        """Yield all masks, and first the empty one."""
        yield Mask()
        for masks in self._by.values():
            yield from masks

    def result(self, images: int, right: Callable[[Mask], int]) -> TrialData:
        """Return what is left.

        Args:
            images: How many images were shown.
            right: Returns how many count with a mask.
        """
        counts = {name: [right(mask) for mask in masks] for name, masks in self._by.items()}
        drawn = zip(*(counts[name] for name in RANDOM[: self.draws]), strict=True)

        def left(count: float) -> float:
            return short(count / images)

        return {
            "layers": [name for each in self.orders for name in each.group.layers],
            "units": sum(len(each.group.units) for each in self.orders),
            "images": images,
            "before": left(right(Mask())),
            "masked": [sum(each.count(share) for each in self.orders) for share in self.shares],
            "importance": list(map(left, counts[IMPORTANCE])),
            "norm": list(map(left, counts[NORM])) if NORM in counts else None,
            "random": [left(sum(each) / len(each)) for each in drawn],
        }


def trials(orders: Sequence[Orders], shares: Sequence[float]) -> tuple[Trial, list[Trial]]:
    """Return the trial of all groups together, and that of each alone."""
    return Trial(orders, shares, len(RANDOM)), [Trial([each], shares, 1) for each in orders]
