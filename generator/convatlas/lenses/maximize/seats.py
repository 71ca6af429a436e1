"""How many pictures are optimised together where fewer are asked for than a batch has slots."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from convatlas.images.statistics import Statistics
from convatlas.lenses.maximize.optimization_batch import Job, OptimizationBatch
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.optimizer import RowOptimizer
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.recipe import Recipe

TRIED = 2
"""Steps whose gradients are compared."""


def seats(
    target: OptimizationTarget,
    jobs: Sequence[Job],
    recipe: Recipe,
    slots: int,
    statistics: Statistics | None = None,
) -> int:
    """Return how many pictures are optimised together: all jobs, if they are fewer than ``slots``.

    Where bytes are promised, that is so only if the gradients of two steps have the same bits as in
    a full batch. Which kernel computes a convolution, and in which order it adds up, follows from
    the shapes, never from the values; so they have the same bits to the end.
    """
    count = min(slots, len(jobs))
    if not target.reproducible:
        return count
    if recipe.growths or (slots - count) * recipe.steps <= TRIED * (slots + count):
        return slots
    full = [jobs[index % len(jobs)] for index in range(slots)]
    alone = _gradients(target, jobs, recipe, statistics)
    together = _gradients(target, full, recipe, statistics)
    return count if torch.equal(alone, together[:, :count]) else slots


def _gradients(
    target: OptimizationTarget,
    jobs: Sequence[Job],
    recipe: Recipe,
    statistics: Statistics | None,
) -> Tensor:
    """Return the gradients of a batch's first steps: [steps, jobs, ...]."""
    channels, size = target.preprocessing.channels, recipe.size
    parameterization = canvas(recipe.canvas, channels, size, target.device, statistics)
    batch = OptimizationBatch(target, recipe, parameterization, size, jobs)
    assert isinstance(batch.optimizer, RowOptimizer)
    found = []
    for _ in range(TRIED):
        batch.step()
        found.append(batch.optimizer.gradients)
    return torch.stack(found)
