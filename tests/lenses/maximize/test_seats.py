"""Fewer pictures than a batch has slots are optimised alone where that changes no bit of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest
import torch
from torch import Tensor

from convatlas.lenses.maximize.optimization_batch import Job
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.optimizer import RowOptimizer
from convatlas.lenses.maximize.seats import TRIED, seats
from support import nets
from support.maximizing import finished, how, names, target_of

JOBS = [Job(key, index, 1 - 2 * index) for index, key in enumerate(names(2))]
STILL = how(canvas="pixels", steps=8)
SLOTS = 6


@dataclass(frozen=True)
class Scaled(OptimizationTarget):
    """Answers each pixel with its multiple, which grows with the pictures that are shown."""

    each: float = 0.0
    shown: list[int] | None = None

    def respond(self, inputs: Tensor) -> Tensor:
        """Return two maps for each picture."""
        assert self.shown is not None
        self.shown.append(len(inputs))
        return inputs[:, :2] * (1 + self.each * len(inputs))


def scaled(each: float) -> Scaled:
    target = target_of(nets.Small(), "conv2")
    known = {field.name: getattr(target, field.name) for field in fields(target)}
    return Scaled(**known, each=each, shown=[])


def test_as_many_as_are_asked_for_where_each_picture_is_computed_by_itself() -> None:
    target = scaled(0.0)
    assert seats(target, JOBS, STILL, SLOTS) == 2
    assert target.shown == [2] * TRIED + [6] * TRIED


@pytest.mark.parametrize("each", [1e-7, 1e-3])
def test_a_whole_batch_where_company_changes_a_bit(each: float) -> None:
    assert seats(scaled(each), JOBS, STILL, SLOTS) == SLOTS


@pytest.mark.parametrize(
    ("jobs", "slots", "changes"),
    [
        (JOBS, 2, {}),  # none is free
        (JOBS, 3, {"steps": 4}),  # to try takes as long as what would be saved
        (JOBS, SLOTS, {"growths": 2}),
    ],
)
def test_nothing_is_tried_where_nothing_would_be_gained(
    jobs: list[Job], slots: int, changes: dict[str, object]
) -> None:
    target = scaled(1e-3)
    assert seats(target, jobs, how(**{"canvas": "pixels", "steps": 8, **changes}), slots) == slots
    assert target.shown == []


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
def test_pictures_are_the_same_as_in_a_whole_batch(layer: str, canvas: str) -> None:
    """Whatever this machine's kernels do with few pictures."""
    recipe = how(canvas=canvas, steps=12, jitter=1.0, rotate=3.0)
    target = target_of(nets.Small(), layer)
    jobs = [Job(key, index % 5, 1) for index, key in enumerate(names(SLOTS))]
    whole = finished(target, jobs, recipe, SLOTS, None)
    for count in (1, 2, 3):
        few = finished(target, jobs[:count], recipe, SLOTS, None)
        for one, other in zip(few, whole, strict=False):
            assert torch.equal(one.picture, other.picture)
            assert one.history.values == other.history.values


def test_gradients_are_those_of_the_last_step() -> None:
    optimizer = RowOptimizer(torch.zeros(2, 3), "sgd", 0.1)
    for _ in range(2):
        given = torch.randn(2, 3)
        optimizer.step(given)
        assert torch.equal(optimizer.gradients, given)
