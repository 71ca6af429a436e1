"""Derived records: what follows from other records, computed once all networks are rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convatlas.lenses.lens import EPOCH, Study
from convatlas.neighbours import Crowd, Neighbours, Place
from convatlas.plan import Plan
from convatlas.records import Ask, Record, digest
from convatlas.render import Progress
from convatlas.store import DamagedPicture, Store

NAME = "neighbours"
"""The lens that derived records bear, and their item; there is one of each layer."""

VERSION = 1
"""Raised when the same sketches give other neighbours."""

SKETCH = "sketch"
"""The blob of an examples record that neighbours are found by."""

Sketch = tuple[Place, str, str]
"""A filter, the digest of its sketch, and the key of the record that has it."""


@dataclass
class _Circle:
    """The networks that saw the same images, and all of their filters that have a sketch."""

    plans: list[Plan] = field(default_factory=list)
    sketches: list[Sketch] = field(default_factory=list)

    def asks(self) -> Iterator[tuple[Plan, Ask]]:
        """The record of each layer that has a filter with a sketch; it depends on all sketches."""
        shared = digest(
            {
                "epoch": EPOCH,
                "lens": NAME,
                "version": VERSION,
                "depends": [(*place, content) for place, content, _ in self.sketches],
            }
        )
        layers = dict.fromkeys(place[:2] for place, _, _ in self.sketches)
        plans = {plan.study.network.name: plan for plan in self.plans}
        for network, layer in layers:
            yield plans[network], Ask(digest([shared, network, layer]), NAME, layer, NAME)


def expect(plans: Sequence[Plan]) -> None:
    """Let each plan ask for its derived records, so that they count as being in use."""
    for circle in _circles(plans):
        for plan, ask in circle.asks():
            plan.asked.add((ask.key, ask.role))


def derive(plans: Sequence[Plan], store: Store, progress: Progress) -> list[str]:
    """Add the neighbours of each layer's filters to what is found, and compute what is missing.

    The record of a layer holds ``nearest``: by index, up to fifteen of [network, layer, index,
    correlation, where]; and ``duplicates``: [index, index, correlation].

    Returns:
        The keys of the records whose sketches turn out to be damaged. They are to be forgotten and
        rendered again; what follows from them is not there.

    Raises:
        StoreError: the store cannot be read or written.
    """
    return [key for circle in _circles(plans) for key in _derive(circle, store, progress)]


def _derive(circle: _Circle, store: Store, progress: Progress) -> list[str]:
    asks = list(circle.asks())
    found = store.find(ask.key for _, ask in asks)
    missing = [(plan.study.network.name, ask) for plan, ask in asks if ask.key not in found]
    damaged = _compute(circle, missing, store, progress) if missing else []
    found |= store.find(ask.key for _, ask in missing)
    for plan, ask in asks:
        plan.asked.add((ask.key, ask.role))
        if ask.key in found:
            plan.study.found[NAME, ask.layer, NAME] = [(ask, found[ask.key])]
    return damaged


def _compute(
    circle: _Circle, missing: Sequence[tuple[str, Ask]], store: Store, progress: Progress
) -> list[str]:
    """Write what is missing, a layer at a time; nothing of it where a sketch is damaged."""
    sketches, damaged = _read(circle.sketches, store)
    if damaged:
        return damaged
    crowd = Crowd([place for place, _, _ in circle.sketches], sketches)
    with progress(NAME, len(missing)) as done:
        for network, ask in missing:
            found = crowd.neighbours(network, str(ask.layer))
            store.add([(network, ask, _record(found))])
            done(1)
    return []


def _read(sketches: Sequence[Sketch], store: Store) -> tuple[NDArray[np.int8], list[str]]:
    """The sketches [filters, samples], and the keys of the records whose sketches are damaged."""
    rows, damaged = [], []
    for _, content, key in sketches:
        try:
            rows.append(np.frombuffer(store.picture(content), np.int8))
        except DamagedPicture:
            damaged.append(key)
    return np.stack(rows) if not damaged else np.empty((0, 0), np.int8), damaged


def _record(found: Neighbours) -> Record:
    nearest = {str(index): [list(near) for near in group] for index, group in found.nearest.items()}
    return Record({"nearest": nearest, "duplicates": [list(pair) for pair in found.duplicates]})


def _circles(plans: Sequence[Plan]) -> list[_Circle]:
    """The networks by what they saw, in their order; those without sketches are left out."""
    circles: dict[str, _Circle] = {}
    for plan in plans:
        if plan.study.images is not None and (sketches := list(_sketches(plan.study))):
            circle = circles.setdefault(plan.study.images.fingerprint, _Circle())
            circle.plans.append(plan)
            circle.sketches += sketches
    return list(circles.values())


def _sketches(study: Study) -> Iterator[Sketch]:
    """The sketches of the chosen filters, layer by layer."""
    for layer, filters in study.layers():
        for index in filters:
            for ask, record in study.all("examples", layer.name, index)[:1]:
                if SKETCH in record.blobs:
                    place = (study.network.name, layer.name, index)
                    yield place, record.blobs[SKETCH], ask.key
