"""Optimise the pictures of a layer on one canvas, and score them while others are optimised."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from convatlas.errors import RenderError, describe
from convatlas.images.helpers import HelperLost
from convatlas.images.statistics import Statistics
from convatlas.lenses.base import Batch, RenderContext
from convatlas.lenses.image_statistics.records import read_statistics
from convatlas.lenses.maximize.attempt_records import Attempts
from convatlas.lenses.maximize.encoders import Encoders
from convatlas.lenses.maximize.in_turn import Background, Waiting
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.optimise import Finished, optimise
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.model.records import RecordRequest
from convatlas.network.gradients import NoGradient
from convatlas.network.memory import device_failed, out_of_memory

log = logging.getLogger("convatlas.maximize")


@dataclass(frozen=True)
class Rendering:
    """What pictures are rendered with."""

    context: RenderContext
    encoders: Encoders

    @property
    def copies(self) -> ModelCopies:
        """The copies of the network for optimisation."""
        return self.context.once(ModelCopies)


class CanvasRefused(RenderError):
    """The network does not run on a canvas."""


def render_in(
    rendering: Rendering,
    target: OptimizationTarget,
    requests: Sequence[RecordRequest],
    how: Recipe,
    count: int,
) -> Iterator[Batch | Waiting]:
    """Yield batches in the order in which pictures are finished.

    Raises:
        CanvasRefused: the network does not run on such a canvas.
        NoGradient: no gradient reaches the layer.
    """
    context = rendering.context
    attempts = Attempts(requests, how, target, _reference(context, target), count)
    try:
        scored = deque[Background[Batch]]()
        steps = optimise(target, attempts.jobs, how, count, _statistics(context, how))
        for some in _full(steps, count):
            if some:
                scored.append(Background(attempts.records(some, rendering.encoders)))
            yield from _ready(scored)
            yield Waiting()
        while scored:
            yield scored[0].waiting
            yield from _ready(scored)
    except (NoGradient, HelperLost):
        raise
    except Exception as error:  # the network is the user's code and may raise anything
        if out_of_memory(error):
            raise
        if device_failed(error):
            raise RenderError(f"the device has failed ({describe(error)})") from error
        log.debug("%s", target.layer.name, exc_info=True)
        height, width = how.size
        raise CanvasRefused(
            f"the network does not run on a canvas of {height} x {width} ({describe(error)})"
        ) from error


def _full(steps: Iterable[Finished], count: int) -> Iterator[Finished]:
    """Yield what is finished in batches of ``count``, of which the last may be smaller.

    After a step that has not finished as many, it is an empty one.
    """
    finished: Finished = []
    for some in steps:
        finished += some
        while len(finished) >= count:
            yield finished[:count]
            finished = finished[count:]
        yield []
    if finished:
        yield finished


def _ready(scored: deque[Background[Batch]]) -> Iterator[Batch]:
    """Go on with all that is encoded and scored, and yield what is ready, in order."""
    for each in scored:
        each.go_on()
    while scored and scored[0].result is not None:
        yield scored[0].result
        scored.popleft()


def _reference(context: RenderContext, target: OptimizationTarget) -> OptimizationTarget:
    """Return the layer of the original network in float32, whose responses are recorded."""
    layer = context.layer(target.layer.name)
    return replace(target, module=context.module, layer=layer, precision=torch.float32)


def _statistics(context: RenderContext, how: Recipe) -> Statistics | None:
    if how.colours is None or how.colours["set"] == how.colours["digest"]:
        return None
    record = read_statistics(context.records, how.colours["set"])
    assert record is not None, "asked for once its statistics were known"
    return Statistics.of(record.data)
