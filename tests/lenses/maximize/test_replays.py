"""Steps are recorded and replayed where that gives what plain steps give."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convatlas.lenses.maximize.optimise import optimise
from convatlas.lenses.maximize.optimization_batch import Made
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.replays import LEFT, WARM, Replays, Step, agree
from support import nets
from support.maximizing import finished, how, jobs_of, statistics_of, target_of
from support.pretended_device import PretendedDevice
from support.recorded import Recording

MOVING = {"jitter": 2.0, "rotate": 5.0, "scale": 0.1, "pad": 2, "crop": 0.8, "noise": 0.1}
RECIPES: dict[str, Recipe] = {
    "still": how(objective="neuron", steps=28),
    "moving": how(**MOVING, decay=0.5, others=0.5, steps=28),
    "penalties": how(canvas="pixels", l2=0.1, variation=0.1, gradients=0.1, steps=28),
    "phase": how(canvas="phase", jitter=2.0, steps=28),
    "nadam": how(optimiser="nadam", rate=0.02, steps=28),
    "ascent": how(objective="rms", optimiser="sgd", jitter=1.0, steps=28),
    "diverse": how(members=2, jitter=1.0, steps=28),
    "growing": how(growths=1, growth=1.3, blur=0.8, jitter=1.0, steps=28),
    "settling": how(
        canvas="pixels", steps=90, rate=0.3, tolerance=0.02, objective="neuron", jitter=0.5
    ),
}


def on(
    device: PretendedDevice, recorder: Any, network: nn.Module | None = None
) -> tuple[OptimizationTarget, Replays]:
    """A layer on the device whose steps are recorded."""
    target = target_of(network or nets.Small(), "conv2")
    module = target.module.to(device.device)
    replays = Replays(recorder)
    return replace(target, module=module, device=device.device, replays=replays), replays


def same(ours: list[Made], theirs: list[Made]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.picture, other.picture, rtol=0, atol=0)
        assert one.history.values == other.history.values
        assert one.history.frames.keys() == other.history.frames.keys()
        for step, frame in one.history.frames.items():
            assert (frame == other.history.frames[step]).all()
        if one.attention is not None:
            torch.testing.assert_close(one.attention, other.attention, rtol=0, atol=0)


@pytest.mark.parametrize("name", RECIPES)
def test_replayed_steps_make_the_same_pictures_to_the_last_bit(
    pretended: PretendedDevice, name: str
) -> None:
    recipe = RECIPES[name]
    target, replays = on(pretended, Recording())
    statistics = statistics_of(3) if recipe.canvas == "phase" else None
    jobs, slots = jobs_of([0, 1, 2, 3]), 4
    if name in ("settling", "ascent"):  # some begin when others are finished
        slots = 2
    made = finished(target, jobs, recipe, slots, statistics)
    assert replays.recorded["conv2"] >= 1
    assert not replays.refused
    same(made, finished(replace(target, replays=None), jobs, recipe, slots, statistics))


def test_a_replayed_step_asks_for_nothing_one_by_one(pretended: PretendedDevice) -> None:
    class Counting(Recording):
        replayed = 0

        def record(self, step: Step) -> Step:
            replay = super().record(step)

            def counted() -> Tensor:
                Counting.replayed += 1
                return replay()

            return counted

    shown = []

    class Shown(nets.Small):
        def forward(self, x: Tensor) -> Tensor:
            shown.append(len(x))
            return super().forward(x)

    target, _ = on(pretended, Counting(), Shown())
    shown.clear()
    finished(target, jobs_of(range(5)), how(steps=40), 5)
    assert Counting.replayed == 2 + 40 - WARM - 1  # two to compare
    assert len(shown) == WARM + 1 + 1 + 2  # one is timed, one recorded, and two are compared


class Failing(Recording):
    def record(self, step: Step) -> Step:
        step()
        raise RuntimeError("operation not permitted when stream is capturing")


class Idle(Recording):
    def record(self, step: Step) -> Step:
        result = step()
        return lambda: result


class Exhausted(Recording):
    def record(self, step: Step) -> Step:
        raise torch.OutOfMemoryError("CUDA out of memory")


class Fickle(nets.Small):
    """Counts its calls: what a recording does not do."""

    calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(x.flip(3) if self.calls % 2 else x)


@pytest.mark.parametrize(
    ("recorder", "network", "reason"),
    [
        (Failing, nets.Small, "RuntimeError: operation not permitted when stream is capturing"),
        (Exhausted, nets.Small, "OutOfMemoryError: CUDA out of memory"),
        (Idle, nets.Small, "replayed, they lead elsewhere"),
        (Recording, Fickle, "replayed, they lead elsewhere"),
    ],
)
def test_what_cannot_be_replayed_goes_on_with_plain_steps_and_says_so_once(
    pretended: PretendedDevice,
    caplog: pytest.LogCaptureFixture,
    recorder: Callable[[], Any],
    network: Callable[[], nn.Module],
    reason: str,
) -> None:
    target, replays = on(pretended, recorder(), network())
    jobs, recipe = jobs_of(range(2)), how(steps=28, jitter=1.0)
    with caplog.at_level(logging.INFO, logger="convatlas.maximize"):
        made, _ = (finished(target, jobs, recipe, 2) for _ in range(2))
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith(f"conv2: steps are asked for one by one: {reason}")
    assert list(replays.refused) == ["conv2"]
    assert not replays.recorded
    if network is nets.Small:
        same(made, finished(replace(target, replays=None), jobs, recipe, 2))


def test_few_steps_are_not_recorded(pretended: PretendedDevice) -> None:
    target, replays = on(pretended, Recording())
    finished(target, jobs_of([0]), how(steps=LEFT + WARM - 1), 1)
    assert not replays.recorded
    finished(target, jobs_of([0]), how(steps=LEFT + WARM + 1), 1)
    assert replays.recorded == {"conv2": 1}


def test_steps_that_the_device_computes_slowly_are_not_recorded(
    pretended: PretendedDevice,
) -> None:
    target, replays = on(pretended, Recording())
    replays.asking = 1.1  # more than all of a step's time
    finished(target, jobs_of([0]), how(steps=40), 1)
    assert not replays.recorded
    assert not replays.refused


def test_a_batch_and_its_recording_leave_the_memory_at_once(pretended: PretendedDevice) -> None:
    target, replays = on(pretended, Recording())
    steps = optimise(target, jobs_of([0, 1]), how(steps=40), 2)
    for _ in range(10):
        next(steps)
    assert replays.recorded
    batch = weakref.ref(steps.gi_yieldfrom.gi_frame.f_locals["batch"])  # type: ignore[attr-defined]
    gc.disable()
    try:
        steps.close()  # type: ignore[attr-defined]
        assert batch() is None
    finally:
        gc.enable()


def test_what_agrees() -> None:
    before = torch.zeros(2, 3)
    plain = torch.tensor([[1.0, 1, 1], [2, 2, 2]])
    assert agree(plain, plain, before)
    assert agree(plain * 1.05, plain, before)
    assert not agree(plain * torch.tensor([[1.0], [1.2]]), plain, before)  # in one row
    assert not agree(before, plain, before)
    assert not agree(plain * torch.nan, plain * torch.nan, before)
    assert agree(before, before, before)
    assert not agree(plain, before, before)
    count = torch.tensor([3, 4])
    assert agree(count + 2, count + 2, count)
    assert not agree(count + 1, count + 2, count)
