"""Run optimisation jobs in batches, on one canvas or on a series of growing ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from convatlas.images.statistics import Statistics
from convatlas.lenses.maximize.history import History
from convatlas.lenses.maximize.optimization_batch import (
    Job,
    Made,
    OptimizationBatch,
)
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.lenses.maximize.seats import seats

Finished = list[tuple[int, Made]]
"""Finished pictures with the indices of their jobs."""


def optimise(
    target: OptimizationTarget,
    jobs: Sequence[Job],
    recipe: Recipe,
    slots: int,
    statistics: Statistics | None = None,
) -> Iterator[Finished]:
    """Yield the pictures of jobs for filters of one layer that a step has finished, after each.

    Where bytes are promised, exactly ``slots`` pictures are optimised together, even if there are
    fewer jobs, unless these have the same bytes among themselves: the bytes of a picture may depend
    on the size of its batch, but on nothing else in it. Elsewhere there are never more than the
    jobs that are left.
    """
    slots = seats(target, jobs, recipe, slots, statistics)
    if recipe.growths == 0:
        yield from _in_turn(target, jobs, recipe, slots, statistics)
        return
    for start in range(0, len(jobs), slots):
        part = jobs[start : start + slots]
        filled = _filled(part, slots) if target.reproducible else part
        for grown in _growing(target, filled, recipe, statistics):
            yield [(start + index, made) for index, made in enumerate(grown[: len(part)])]


def _in_turn(
    target: OptimizationTarget,
    jobs: Sequence[Job],
    recipe: Recipe,
    slots: int,
    statistics: Statistics | None,
) -> Iterator[Finished]:
    """Run all jobs on a canvas of fixed size; a slot that becomes free takes the next job."""
    channels, size = target.preprocessing.channels, recipe.size
    parameterization = canvas(recipe.canvas, channels, size, target.device, statistics)
    batch = OptimizationBatch(target, recipe, parameterization, size, _filled(jobs, slots))
    sitting: dict[int, int] = dict(enumerate(range(min(slots, len(jobs)))))  # jobs by slot
    waiting = iter(range(len(sitting), len(jobs)))
    while sitting:
        batch.step()
        ready = batch.finished()
        free = [slot for slot in ready if slot in sitting]
        made = batch.made(free) if free else []
        yield [(sitting.pop(slot), one) for slot, one in zip(free, made, strict=True)]
        taken = dict(zip(ready, waiting, strict=False))
        sitting.update(taken)
        if taken or (sitting and ready and target.reproducible):
            # Slots without a job continue with any job, because the batch size must not change.
            batch.give(ready, [jobs[taken.get(slot, 0)] for slot in ready])
        if sitting and len(taken) < len(ready) and not target.reproducible:
            left = sorted(sitting)
            batch.keep(left)
            sitting = {place: sitting[slot] for place, slot in enumerate(left)}


def _growing(
    target: OptimizationTarget, jobs: Sequence[Job], recipe: Recipe, statistics: Statistics | None
) -> Iterator[list[Made]]:
    """Run all jobs together on a series of canvases, each starting from the last one, enlarged.

    Yields no picture after each step, and all of them at the end.
    """
    channels, device = target.preprocessing.channels, target.device
    start, histories, made = None, [History()] * len(jobs), list[Made]()
    for number, size in enumerate(recipe.sizes):
        parameterization = canvas(recipe.canvas, channels, size, device, statistics)
        if made:
            start = parameterization.take(
                enlarged(torch.stack([m.picture for m in made]), size, recipe.blur)
            )
        first = number * recipe.steps
        batch = OptimizationBatch(target, recipe, parameterization, size, jobs, start, first)
        for _ in range(recipe.steps):
            batch.step()
            yield []
        made = batch.made(range(len(jobs)))
        histories = [past.then(m.history) for past, m in zip(histories, made, strict=True)]
    yield [replace(m, history=past) for m, past in zip(made, histories, strict=True)]


def enlarged(pictures: Tensor, size: Size, blur: float) -> Tensor:
    """Enlarge pictures [n, c, h, w] from 0 to 1 (bicubic), then blur them by ``blur`` pixels."""
    larger = F.interpolate(pictures, size, mode="bicubic", align_corners=False).clamp(0, 1)
    if not blur:
        return larger
    reach = min(2 * round(3 * blur) + 1, 2 * min(size) - 1)  # limited by the reflected edges
    blurred: Tensor = gaussian_blur(larger, [reach, reach], [blur, blur])
    return blurred


def _filled(jobs: Sequence[Job], slots: int) -> list[Job]:
    """Return one job for each slot, starting over if there are fewer jobs."""
    return [jobs[index % len(jobs)] for index in range(slots)]
