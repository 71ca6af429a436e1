"""Derived from the examples' sketches: the neighbours of filters, and an order of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convatlas.deriving.base import Derived, Read, derived
from convatlas.deriving.correlation import CorrelationIndex, Neighbours, Place
from convatlas.deriving.seriation import seriate
from convatlas.lenses.examples.records import SKETCH, read_examples
from convatlas.model.derived import NEIGHBOURS, ORDER, NeighboursData, OrderData
from convatlas.model.records import Record, digest
from convatlas.planning.plan import Plan

VERSION = 1
"""Raised when the same sketches give other neighbours."""

ORDER_VERSION = 1
"""Raised when the same sketches give another order."""

Sketch = tuple[Place, str]
"""A filter, and the digest of its sketch."""


@dataclass
class _ImageSetGroup:
    """The networks that saw the same images, and all of their filters that have a sketch."""

    plans: list[Plan] = field(default_factory=list)
    sketches: list[Sketch] = field(default_factory=list)
    index: CorrelationIndex | None = None  # once something of it has to be made

    def wanted(self) -> Iterator[Derived]:
        """Yield the record of each layer with a sketched filter; it depends on all sketches."""
        shared = digest([(*place, content) for place, content in self.sketches])
        layers = dict.fromkeys(place[:2] for place, _ in self.sketches)
        plans = {plan.context.network.name: plan for plan in self.plans}
        beside = ["twins"] if len(plans) > 1 else []
        for network, layer in layers:

            def make(read: Read, network: str = network, layer: str = layer) -> Record:
                self.index = self.index or _correlation_index(self.sketches, read)
                return _record(self.index.neighbours(network, layer), twins=bool(beside))

            material = [shared, network, layer, *beside]
            yield derived(plans[network], NEIGHBOURS, VERSION, layer, NEIGHBOURS, material, make)


def neighbours(plans: Sequence[Plan]) -> list[Derived]:
    """Return what finds the neighbours of each layer's filters: ``NeighboursData``.

    They are looked for in all networks that saw the same images.
    """
    return [each for group in _image_set_groups(plans) for each in group.wanted()]


def orders(plans: Sequence[Plan]) -> list[Derived]:
    """Return what finds an order of each layer's filters: ``OrderData``."""
    return [
        _order(plan, layer.name, sketches)
        for plan in plans
        for layer, filters in plan.context.layers()
        if (sketches := list(_of_layer(plan, layer.name, filters)))
    ]


def _order(plan: Plan, layer: str, sketches: Sequence[Sketch]) -> Derived:
    def make(read: Read) -> Record:
        index = _correlation_index(sketches, read)
        path = seriate(index.correlations(slice(0, len(index.places))))
        data: OrderData = {"order": [index.places[place][2] for place in path]}
        return Record(data)

    material = [[place[2], content] for place, content in sketches]
    return derived(plan, ORDER, ORDER_VERSION, layer, ORDER, material, make)


def _correlation_index(sketches: Sequence[Sketch], read: Read) -> CorrelationIndex:
    rows: NDArray[np.int8] = np.stack([np.frombuffer(read(each), np.int8) for _, each in sketches])
    return CorrelationIndex([place for place, _ in sketches], rows)


def _record(found: Neighbours, *, twins: bool) -> Record:
    nearest = {str(index): group for index, group in found.nearest.items()}
    data: NeighboursData = {"nearest": nearest, "duplicates": found.duplicates}
    if twins:
        data["twins"] = {str(index): group for index, group in found.twins.items()}
    return Record(data)


def _image_set_groups(plans: Sequence[Plan]) -> list[_ImageSetGroup]:
    """Group the networks with sketches by the images they saw, in their order."""
    groups: dict[str, _ImageSetGroup] = {}
    for plan in plans:
        if plan.context.images is not None and (sketches := list(_sketches(plan))):
            group = groups.setdefault(plan.context.images.fingerprint, _ImageSetGroup())
            group.plans.append(plan)
            group.sketches += sketches
    return list(groups.values())


def _sketches(plan: Plan) -> Iterator[Sketch]:
    """Yield the sketches of the chosen filters, layer by layer."""
    for layer, filters in plan.context.layers():
        yield from _of_layer(plan, layer.name, filters)


def _of_layer(plan: Plan, layer: str, filters: Sequence[int]) -> Iterator[Sketch]:
    for index in filters:
        record = read_examples(plan.records, layer, index)
        if record is not None and SKETCH in record.blobs:
            yield (plan.context.network.name, layer, index), record.blobs[SKETCH]
