"""The filters of layers with their ranks, and from which share on each is masked."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.prune.orders import IMPORTANCE, Orders, Values
from convatlas.lenses.prune.records import RankedData
from convatlas.lenses.prune.units import Place
from convatlas.model.records import short


def ranked(
    orders: Orders, shares: Sequence[float], importance: Values, norms: Values
) -> dict[str, RankedData]:
    """Return the filters of each layer of a group.

    Args:
        orders: The orders of the group.
        shares: The shares that are masked, in rising order.
        importance: The importance of each filter, by layer.
        norms: The same of the L1 norms that are known.
    """
    group = orders.group
    unit = group.unit
    before = {n: place for place, n in enumerate(orders.by[IMPORTANCE])}

    def masked(place: Place) -> float | None:
        least = before[unit[place]]
        return next((share for share in shares if orders.count(share) > least), None)

    def first(place: Place) -> Place | None:
        places = group.units[unit[place]]
        return places[0] if len(places) > 1 else None

    found: dict[str, RankedData] = {}
    for name in group.layers:
        own = [(name, index) for index in range(len(importance[name]))]
        found[name] = {
            "group": [first(place) for place in own],
            "importance": list(importance[name]),
            "rank": [len(group.units) - before[unit[place]] for place in own],
            "norm": [short(norm) for norm in norms[name]] if name in norms else None,
            "masked": [masked(place) for place in own],
        }
    return found
