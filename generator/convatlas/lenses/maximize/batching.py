"""How many pictures of a layer and recipe are optimised together, and by how many threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize.accelerator_batches import batch_size
from convatlas.lenses.maximize.cpu_batches import HEAVY, multiplications, slots
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.precision import low_precision
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.model.facts import Layer
from convatlas.model.records import RecordRequest
from convatlas.network.device import reproducible
from convatlas.network.own_type import type_of


def one_thread(context: RenderContext, requests: Sequence[RecordRequest]) -> bool:
    """Return whether the requests of a layer and recipe are rendered by one thread."""
    layer, how = context.layer(str(requests[0].layer)), Recipe.of(requests[0].recipe["made"])
    return reproducible(context.device) and _cost(context, layer, how) < HEAVY


@contextmanager
def threads(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[None]:
    """Let torch compute with one thread where that is right, and with what it had afterwards."""
    before = torch.get_num_threads()
    if one_thread(context, requests):
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def together(context: RenderContext, requests: Sequence[RecordRequest]) -> int:
    """Return how many requests of a layer and recipe are rendered together on a CPU."""
    layer, how = context.layer(str(requests[0].layer)), Recipe.of(requests[0].recipe["made"])
    if layer.conditional or context.plan.network.single:
        return 1
    precision = low_precision(context.device) or torch.float32
    return _slots(context, layer, how, requests[0].recipe["attempt"], precision) // how.members


def batch_of(
    context: RenderContext,
    target: OptimizationTarget,
    how: Recipe,
    requests: Sequence[RecordRequest],
) -> int:
    """Return how many pictures are optimised together at first."""
    if target.single:  # no picture is quicker in company, and none waits for others
        return how.members
    if not target.reproducible:
        pixels = context.once(ModelCopies).pixels
        return batch_size(how, len(requests) * how.members, pixels)
    attempt, precision = requests[0].recipe["attempt"], type_of(target.module)
    return _slots(context, target.layer, how, attempt, precision)


def _slots(
    context: RenderContext, layer: Layer, how: Recipe, attempt: int, precision: torch.dtype
) -> int:
    return slots(how, attempt, layer.filters, _cost(context, layer, how), precision)


def _cost(context: RenderContext, layer: Layer, how: Recipe) -> float:
    network = context.plan.network
    recorded, canvas = network.preprocessing.size, how.sizes[-1]
    return multiplications(network.layers, layer.name, recorded, canvas)
