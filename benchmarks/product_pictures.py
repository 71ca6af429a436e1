"""Exciting pictures as the product makes them, each recipe from the same evidence and timed."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from convatlas.images.codecs.decode import decode
from convatlas.lenses.base import PlanContext, RenderContext, grouped
from convatlas.lenses.examples.records import Example, read_examples
from convatlas.lenses.image_statistics.records import NAME as STATISTICS
from convatlas.lenses.maximize.cpu_batches import multiplications, slots
from convatlas.lenses.maximize.options import Maximize
from convatlas.lenses.maximize.precision import low_precision
from convatlas.lenses.maximize.recipe import Recipe, layer_and_recipe
from convatlas.lenses.maximize.records import read_attempts
from convatlas.model import scores
from convatlas.model.records import RecordRequest
from convatlas.planning.plan import Plan, discover, planned
from convatlas.rendering.executors import LocalExecutor
from convatlas.rendering.progress import lines
from convatlas.rendering.render import render
from convatlas.store.store import Store

BARE = {"negative": False, "second": False}
"""Of a recipe's pictures only the first, with all its attempts, is judged."""

Place = tuple[str, int]
"""Layer and filter."""


@dataclass(frozen=True)
class Pictured:
    """A filter's chosen picture as published, and what the filter answers to it."""

    data: bytes  # the file
    digest: str
    pixels: NDArray[np.uint8]  # [h, w, 3], decoded from it
    response: float | None = None
    """The highest over the map, at the picture's own size; None if it is not finite."""
    ratio: float | None = None
    """To the strongest photograph."""

    @classmethod
    def of(cls, data: bytes, response: float | None = None, ratio: float | None = None) -> Pictured:
        """A picture by its file."""
        return cls(data, hashlib.sha256(data).hexdigest(), decode(data), response, ratio)


@dataclass(frozen=True)
class Studio:
    """An opened network, some of its filters, and a store with what photographs excite them."""

    opened: RenderContext
    context: PlanContext
    store: Path

    @classmethod
    def of(cls, opened: RenderContext, filters: Mapping[str, Sequence[int]], store: Path) -> Studio:
        """Show the photographs to these filters, by layer, unless the store has seen it."""
        studio = cls(opened, replace(opened.plan, filters=filters), store)
        with Store(store) as records:
            studio._render(studio.seen(records), "examples", records)
        return studio

    def seen(self, store: Store) -> Plan:
        """What the store has of these filters."""
        return planned(self.context, store)

    def pictures(self, recipe: Mapping[str, Any]) -> tuple[float, dict[Place, Pictured]]:
        """Seconds a picture, attempts included, and the pictures by a recipe, all made afresh.

        Of a batch that is not full, a picture counts as much as of a full one, so that a few
        filters tell what a whole layer takes.
        """
        lenses = {**self.context.lenses, "maximize": Maximize(**{**recipe, **BARE})}
        with _copied(self.store) as store:
            plan = planned(replace(self.context, lenses=lenses), store)
            self._render(plan, STATISTICS, store)  # what canvases of phases are made from
            seconds = 0.0
            while spent := self._render(plan, "maximize", store):
                seconds += spent
            found = dict(_chosen(plan, store))
            return seconds / len(found), found

    def strongest(self) -> dict[Place, Example]:
        """The photograph that excites each filter most."""
        with Store(self.store) as store:
            records = self.seen(store).records
        found = {}
        for layer, filters in self.context.layers():
            for index in filters:
                seen = read_examples(records, layer.name, index)
                assert seen is not None
                found[layer.name, index] = seen.data["top"][0]
        return found

    def _render(self, plan: Plan, lens: str, store: Store) -> float:
        """Render what is missing of a lens; the seconds that it took, less those of empty slots."""
        missing = [request for request in plan.missing if request.lens == lens]
        if not missing:
            return 0.0
        started = time.perf_counter()
        executor = LocalExecutor(self.opened)
        failures = render(executor, plan.context, plan.records, missing, store, lines)
        assert not failures, failures[0].reason
        seconds = time.perf_counter() - started
        discover(plan, store)
        return seconds * self._used(missing) if lens == "maximize" else seconds

    def _used(self, requests: Sequence[RecordRequest]) -> float:
        """The share of the slots of all batches that these pictures fill."""
        taken = 0
        for (layer, _), group in grouped(requests, layer_and_recipe).items():
            how, attempt = Recipe.of(group[0].recipe["made"]), group[0].recipe["attempt"]
            count = full_batch(self.opened, layer, how, attempt)
            taken += -(-len(group) // count) * count
        return len(requests) / taken


def full_batch(opened: RenderContext, layer: str, how: Recipe, attempt: int) -> int:
    """How many pictures of a layer are optimised together on a CPU."""
    network = opened.plan.network
    cost = multiplications(network.layers, layer, network.preprocessing.size, how.sizes[-1])
    precision = low_precision(opened.device) or torch.float32
    return slots(how, attempt, opened.layer(layer).filters, cost, precision)


@contextmanager
def _copied(path: Path) -> Iterator[Store]:
    """A copy of a store for once."""
    copy = path.with_name(f"{path.name}-once")
    shutil.copy(path, copy)
    try:
        with Store(copy) as store:
            yield store
    finally:
        for file in path.parent.glob(f"{copy.name}*"):
            file.unlink()


def _chosen(plan: Plan, store: Store) -> Iterator[tuple[Place, Pictured]]:
    """Each filter's picture that the pages show."""
    for layer, filters in plan.context.layers():
        for index in filters:
            attempts = [
                record for _, record in read_attempts(plan.records, layer.name, index, "positive")
            ]
            best = attempts[scores.best([record.data for record in attempts], "positive")]
            response = best.data["response"]
            seen = read_examples(plan.records, layer.name, index)
            assert seen is not None
            ratio = None if response is None else scores.ratio(response, "positive", seen.data)
            data = store.picture(best.pictures["picture"].digest)
            yield (layer.name, index), Pictured.of(data, response, ratio)
