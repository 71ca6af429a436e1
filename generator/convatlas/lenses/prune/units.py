"""What is masked at once: a filter, or filters that additions tie together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from convatlas.model.facts import Layer

Place = tuple[str, int]
"""A filter: its layer and its index."""
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True)
class Group:
    """Layers whose filters are ranked together, since additions tie them; mostly a single one.

    Attributes:
        layers: Their names in execution order.
        units: The filters that are masked at once, those of earlier layers first.
    """

    layers: tuple[str, ...]
    units: tuple[tuple[Place, ...], ...]

    def sums(self, values: Mapping[str, Sequence[float]]) -> list[float]:
        """Return for each unit the sum of its filters' values, which are given by layer."""
        return [sum(values[name][index] for name, index in unit) for unit in self.units]

    @cached_property
    def unit(self) -> Mapping[Place, int]:
        """The unit that each filter is in, as its place in ``units``."""
        return {place: n for n, places in enumerate(self.units) for place in places}


@dataclass
class _DisjointSets(Generic[Item]):
    """Items that are joined, each set known by its first item."""

    parents: dict[Item, Item] = field(default_factory=dict)

    def first(self, item: Item) -> Item:
        while item in self.parents:
            item = self.parents[item]
        return item

    def join(self, item: Item, earlier: Item) -> None:
        own, other = self.first(item), self.first(earlier)
        if own != other:
            self.parents[own] = other


def groups(layers: Sequence[Layer], chosen: Collection[str]) -> list[Group]:
    """Return the groups of the chosen layers.

    Layers that are not chosen are in none, but those that they tie together are.

    Args:
        layers: All layers of a network, in execution order.
        chosen: Their names.
    """
    filters, streams = _DisjointSets[Place](), _DisjointSets[str]()
    for layer in layers:
        for tie in layer.ties:
            streams.join(layer.name, tie.layer)
            for n in range(tie.filters):
                filters.join((layer.name, tie.own + n), (tie.layer, tie.other + n))
    together: dict[str, list[Layer]] = {}
    for layer in layers:
        if layer.name in chosen:
            together.setdefault(streams.first(layer.name), []).append(layer)
    return [_group(members, filters) for members in together.values()]


def _group(layers: Sequence[Layer], filters: _DisjointSets[Place]) -> Group:
    units: dict[Place, list[Place]] = {}
    for layer in layers:
        for index in range(layer.filters):
            place = layer.name, index
            units.setdefault(filters.first(place), []).append(place)
    return Group(tuple(layer.name for layer in layers), tuple(map(tuple, units.values())))
