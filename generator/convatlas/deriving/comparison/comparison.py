"""The comparison of two networks as a derived record: pairs of filters, and what has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from convatlas.deriving.base import Derived, Read, derived
from convatlas.deriving.comparison.cka import cka
from convatlas.deriving.comparison.kernel_changes import (
    Filter,
    channel_partners,
    kernel_changes,
    read_kernels,
)
from convatlas.deriving.comparison.matching import (
    Matching,
    aligned,
    by_correlation,
    by_index,
)
from convatlas.deriving.comparison.sketches import LayerSketches, correlations, read_sketches
from convatlas.lenses.examples.records import NAME as EXAMPLES
from convatlas.lenses.folded_kernels.records import LAYER
from convatlas.lenses.folded_kernels.records import NAME as FOLDED
from convatlas.model.derived import COMPARISON, ComparisonData, LayerComparisonData
from convatlas.model.facts import Layer
from convatlas.model.records import Json, Record
from convatlas.planning.plan import Plan

VERSION = 2
"""Raised when the same records give another comparison."""

DECIMALS = 4
"""Decimals of all numbers: more would be noise in a correlation of sketches."""


def comparisons(plans: Sequence[Plan]) -> Collection[Derived]:
    """Return what compares networks, for each pair that the atlas names: ``ComparisonData``."""
    by_name = {plan.context.network.name: plan for plan in plans}
    return [
        _wanted(plan, by_name[each.after], each.match)
        for plan in plans
        for each in plan.context.comparisons
        if each.before == plan.context.network.name and each.after in by_name
    ]


def _wanted(before: Plan, after: Plan, match: str) -> Derived:
    material = [match, *(list(_material(plan)) for plan in (before, after))]
    make = partial(_record, before, after, match)
    name = after.context.network.name
    return derived(before, COMPARISON, VERSION, None, name, material, make)


def _material(plan: Plan) -> Iterator[Json]:
    """Yield what determines a network's part: its layers, and the keys of what is known of them."""
    for layer, filters in plan.context.layers():
        items = [(EXAMPLES, index) for index in filters] + [(FOLDED, LAYER)]
        found = (plan.records.all(lens, layer.name, item) for lens, item in items)
        keys = [records[0][0].key if records else None for records in found]
        sources = [[s.layer, s.channel, s.filter, s.filters] for s in layer.sources]
        yield [layer.name, layer.upstream_digest, list(filters), sources, keys]


def _record(before: Plan, after: Plan, match: str, read: Read) -> Record:
    study = _Study(_Side(before, read), _Side(after, read), match)
    layers = [study.compared(*pair) for pair in study.layer_pairs()]
    data: ComparisonData = {"layers": layers, "images": study.images}
    return Record(data)


@dataclass
class _Side:
    """One of the two networks."""

    plan: Plan
    read: Read

    @cached_property
    def layers(self) -> dict[str, tuple[Layer, Sequence[int]]]:
        """The selected layers that images reach, with their selected filters, by name."""
        return {
            layer.name: (layer, filters)
            for layer, filters in self.plan.context.layers()
            if layer.reached
        }

    def sketches(self, name: str) -> LayerSketches | None:
        """Return what a layer's filters answer to the images."""
        return read_sketches(self.plan.records, name, self.layers[name][1], self.read)


@dataclass
class _Study:
    """What is found out while layers are compared one after another."""

    before: _Side
    after: _Side
    match: str
    partners: dict[Filter, Filter] = field(default_factory=dict)  # of the layers so far
    images: int = 0

    def layer_pairs(self) -> list[tuple[str, str]]:
        """Return layers with those that they are compared with: by name, or by their CKAs."""
        own, other = self.before.layers, self.after.layers
        if self.match == "index" or list(own) == list(other):
            return [(name, name) for name in own if name in other]
        names = list(other)
        found = aligned(self._cka())
        return [(name, names[at]) for name, at in zip(own, found, strict=True) if at is not None]

    def _cka(self) -> np.typing.NDArray[np.float64]:
        """Return the CKA of all layers before with all layers after; NaN where it is unknown."""
        rows = [self.before.sketches(name) for name in self.before.layers]
        columns = [self.after.sketches(name) for name in self.after.layers]
        values = [[self._similarity(row, column) for column in columns] for row in rows]
        return np.asarray(values, np.float64).reshape(len(rows), len(columns))

    @staticmethod
    def _similarity(before: LayerSketches | None, after: LayerSketches | None) -> float | None:
        if before is None or after is None:
            return None
        both = before.reached & after.reached
        return cka(before.responses(both), after.responses(both))

    def compared(self, name: str, other: str) -> LayerComparisonData:
        """Compare two layers; all layers before have been compared by then."""
        (own, filters), (layer, others) = self.before.layers[name], self.after.layers[other]
        if own.upstream_digest == layer.upstream_digest and own.upstream_digest is not None:
            same = by_index(filters, others)
            self._remember(name, other, same)
            return _data(name, other, unchanged=True)
        before, after = self.before.sketches(name), self.after.sketches(other)
        both = before is not None and after is not None
        values = correlations(before, after) if before and after else None
        found = by_index(filters, others)
        if self.match == "correlation" and before and after and values is not None:
            found = by_correlation(before.filters, after.filters, values)
        self._remember(name, other, found)
        data = _data(name, other, unchanged=False)
        data["filters"], data["mutual"] = found.pairs, found.mutual
        data["correlation"] = _of_pairs(before, after, values, found)
        data["cosine"], data["norm"] = self._kernels(own, layer, found)
        if before and after and both:
            self.images = max(self.images, int((before.reached & after.reached).sum()))
        data["cka"] = _short(self._similarity(before, after))
        return data

    def _remember(self, name: str, other: str, found: Matching) -> None:
        for own, partner in found.pairs:
            self.partners[name, own] = other, partner

    def _kernels(
        self, own: Layer, other: Layer, found: Matching
    ) -> tuple[list[float | None], list[float | None]]:
        before = read_kernels(self.before.plan.records, own, self.before.read)
        after = read_kernels(self.after.plan.records, other, self.after.read)
        unknown: list[float | None] = [None] * len(found.pairs)
        if before is None or after is None:
            return unknown, unknown
        partners = channel_partners(own, other, self.partners)
        changes = kernel_changes(before, after, found.pairs, partners)
        return [_short(cosine) for cosine, _ in changes], [_short(norm) for _, norm in changes]


def _of_pairs(
    before: LayerSketches | None,
    after: LayerSketches | None,
    values: np.typing.NDArray[np.float64] | None,
    found: Matching,
) -> list[float | None]:
    """Return the correlation of each pair; None where it is not known."""
    if before is None or after is None or values is None:
        return [None] * len(found.pairs)
    rows = {index: row for row, index in enumerate(before.filters)}
    columns = {index: column for column, index in enumerate(after.filters)}
    return [
        _short(float(values[rows[own], columns[other]]))
        if own in rows and other in columns
        else None
        for own, other in found.pairs
    ]


def _short(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, DECIMALS)


def _data(before: str, after: str, *, unchanged: bool) -> LayerComparisonData:
    return {
        "before": before,
        "after": after,
        "unchanged": unchanged,
        "filters": [],
        "correlation": [],
        "cosine": [],
        "norm": [],
        "mutual": None,
        "cka": None,
    }
