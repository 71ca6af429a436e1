"""Pictures are optimised on a pretended accelerator as they are on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.maximize import Maximize, model_copies
from convatlas.lenses.maximize.accelerator_batches import (
    MOST,
    MOST_PIXELS,
    batch_size,
    pixels_that_fit,
)
from convatlas.lenses.maximize.optimization_batch import OptimizationBatch
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.render import render
from convatlas.model.records import Record, RecordRequest, StoredRecord
from support import nets
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.maximizing import (
    attempted,
    evidence,
    finished,
    how,
    jobs_of,
    rendered,
    statistics_of,
    target_of,
)
from support.pretended_device import PretendedDevice

PLAIN = {"second": False, "negative": False, "attempts": 1, "size": 16, "steps": 4}
OPTIONS: dict[str, dict[str, Any]] = {
    "fourier, and all that moves": {
        "canvas": "fourier", "jitter": 2.0, "rotate": 5.0, "scale": 0.1, "pad": 2, "crop": 0.8,
        "noise": 0.1,
    },
    "pixels, and all penalties": {
        "canvas": "pixels", "l2": 0.1, "variation": 0.1, "gradients": 0.1, "others": 0.5,
    },
    "phase": {"canvas": "phase"},
    "a position": {"objective": "neuron", "at": [0.0, 0.9], "decay": 0.5},
    "root mean square": {"objective": "rms", "optimiser": "sgd"},
    "both directions, and a second": {"negative": True, "second": True, "optimiser": "nadam"},
    "diverse": {"diversity": 2},
    "growing": {"growths": 2, "steps": 2, "growth": 1.3, "blur": 0.8},
    "classic": {"preset": "classic", "growths": 1, "steps": 2},
    "small and lossless": {"size": 3, "canvas": "pixels"},
    "large and lossy": {"size": 72},
}  # fmt: skip


def context_with(side: int = 80, **options: Any) -> RenderContext:
    """A small network, and the statistics of its image set."""
    lenses = lens_options(maximize=MaximizeOptions(**{**PLAIN, **options}))
    picture = Image.new("RGB", (8, 8))
    context = render_context_of(nets.Small(), [picture], side, lenses=lenses)
    asked = RecordRequest("statistics", "statistics", None, "pictures")
    context.records.add(asked, StoredRecord(statistics_of(3).json, {}))
    return context


def requests_of(context: RenderContext, layer: str = "conv2") -> list[RecordRequest]:
    requests = Maximize().requests(context.plan, context.records)
    return [request for request in requests if request.layer == layer]


def responses(found: Sequence[tuple[RecordRequest, Record]]) -> dict[str, list[float]]:
    """The responses of records, by key."""
    return {
        request.key: [each["response"] for each in record.data.get("members", [record.data])]
        for request, record in found
    }


LOW = ("fourier, and all that moves", "diverse")


@pytest.mark.parametrize(
    ("name", "low"),
    [*((name, None) for name in OPTIONS), *((name, torch.bfloat16) for name in LOW)],
)
def test_every_recipe_gives_the_responses_of_the_cpu(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch, name: str, low: torch.dtype | None
) -> None:
    monkeypatch.setattr(model_copies, "low_precision", lambda device: low)
    context = context_with(**OPTIONS[name])
    requests = requests_of(context)
    there = rendered(elsewhere(context, pretended.device), requests)
    there = rendered(elsewhere(context, pretended.device), requests)
    here = responses(rendered(context, requests))
    found = responses(there)
    assert pretended.launches["convolution_backward"]
    assert here.keys() == found.keys() == {request.key for request in requests}
    for key, expected in here.items():
        np.testing.assert_allclose(found[key], expected, 0.1, 0.1)
    for _, record in there:
        made = record.data["provenance"]
        precision = "float32" if low is None else "bfloat16"
        assert (made["device"], made["precision"]) == ("pretended", precision)


def test_further_attempts_are_made_there(pretended: PretendedDevice) -> None:
    contexts = []
    for device in (torch.device("cpu"), pretended.device):
        context = elsewhere(context_with(attempts=4, steps=2), device)
        for index in (1, 3):  # no picture gets there
            evidence(context, "conv2", index, -1e6, 1e6)
        contexts.append(context)
    here, there = map(attempted, contexts)
    assert here.keys() == there.keys()
    for place, records in here.items():
        assert len(there[place]) == len(records)
    assert [len(there["conv2", index, "positive"]) for index in (0, 1)] == [1, 4]


def batch_of(pretended: PretendedDevice, recipe: Recipe, count: int) -> OptimizationBatch:
    target = target_of(nets.Small(), "conv2")
    device = pretended.device
    target = replace(target, module=target.module.to(device), device=device)
    statistics = statistics_of(3) if recipe.canvas == "phase" else None
    parameterization = canvas(recipe.canvas, 3, recipe.size, device, statistics)
    jobs = jobs_of(number % 5 for number in range(count))
    return OptimizationBatch(target, recipe, parameterization, recipe.size, jobs)


MOVING = {"jitter": 2.0, "rotate": 5.0, "scale": 0.1, "pad": 2, "crop": 0.8, "noise": 0.1}
STILL = {"pad": 0, "crop": 1.0, "noise": 0.0}
STEPS: dict[str, tuple[dict[str, Any], int]] = {
    "still": ({"objective": "neuron"}, 60),
    "moving": ({**MOVING, "noise": 0.0}, 68),
    "noisy": (MOVING, 250),
    "as standard": (
        {**MOVING, "noise": 0.0, "pad": 0, "crop": 1.0, "others": 0.5, "decay": 0.5},
        90,
    ),
    "penalties": ({"canvas": "pixels", "l2": 0.1, "variation": 0.1, "gradients": 0.1}, 116),
    "phase": ({"canvas": "phase"}, 80),
    "root mean square": ({"objective": "rms", "optimiser": "sgd"}, 56),
    "nadam": ({"optimiser": "nadam"}, 80),
    "diverse": ({"members": 2}, 118),
}
"""Recipes, and the most launches that a step may take."""


@pytest.mark.parametrize("name", STEPS)
def test_a_step_copies_and_waits_for_nothing(pretended: PretendedDevice, name: str) -> None:
    options, most = STEPS[name]
    launches = []
    for count in (2, 12):
        batch = batch_of(pretended, how(**options, steps=40), count)
        for _ in range(7):
            batch.step()
        for _ in range(4):  # the canvas is shown at step 8
            pretended.clear()
            batch.step()
            assert not batch.finished()
            assert (pretended.copies, pretended.waits) == ({}, {})
        launches.append(pretended.launches.total())
    assert launches[0] == launches[1] <= most


def test_who_is_asked_for_when_is_one_copy(pretended: PretendedDevice) -> None:
    batch = batch_of(pretended, how(steps=40), 6)
    for _ in range(9):
        batch.step()
    pretended.clear()
    batch.made(range(6))
    assert pretended.copies["from"] == 2  # all frames, and all curves
    pretended.clear()
    batch.give([1, 3, 5], jobs_of([0, 1, 2]))
    assert sum(pretended.copies.values()) <= 2
    batch.step()  # the frames of some
    assert (pretended.waits, pretended.copies["from"]) == ({}, 0)


class Watched(nets.Small):
    """Remembers how many pictures it saw at once, with and without a gradient."""

    def __init__(self, most: int = 10**6, error: Exception | None = None) -> None:
        super().__init__()
        self.shown: list[tuple[int, bool]] = []
        self.most, self.error = most, error

    def forward(self, x: Tensor) -> Tensor:
        self.shown.append((len(x), x.requires_grad))
        if self.error is not None and len(x) > self.most:
            raise self.error
        return super().forward(x)

    def steps(self) -> list[int]:
        """The sizes of the batches of all steps; further calls compare precisions."""
        return [count for count, gradient in self.shown if gradient]


def watched(
    pretended: PretendedDevice, network: Watched, *, jobs: int, slots: int, recipe: Recipe
) -> Watched:
    target = target_of(network, "conv2")
    target = replace(target, module=network.to(pretended.device), device=pretended.device)
    network.shown.clear()
    made = finished(target, jobs_of(n % 5 for n in range(jobs)), recipe, slots)
    assert len(made) == jobs
    return network


def test_no_more_pictures_are_optimised_than_asked_for(pretended: PretendedDevice) -> None:
    network = watched(pretended, Watched(), jobs=3, slots=64, recipe=how(steps=5))
    assert network.steps() == [3] * 5
    network = watched(pretended, Watched(), jobs=5, slots=4, recipe=how(steps=5))
    assert network.steps() == [4] * 5 + [1] * 5
    network = watched(pretended, Watched(), jobs=5, slots=4, recipe=how(steps=2, growths=1))
    assert network.steps() == [4] * 4 + [1] * 4
    network = watched(pretended, Watched(), jobs=6, slots=4, recipe=how(steps=3, members=2))
    assert network.steps() == [4] * 3 + [2] * 3


def test_a_batch_gets_smaller_as_pictures_settle(pretended: PretendedDevice) -> None:
    settling = how(canvas="pixels", steps=90, rate=0.3, tolerance=0.02, objective="neuron")
    target, jobs = target_of(nets.Small(), "conv2"), jobs_of(range(5))
    here = finished(target, jobs, settling, 5)
    network = Watched()
    there = replace(target, module=network.eval().to(pretended.device), device=pretended.device)
    made = finished(there, jobs, settling, 5)
    lengths = [len(one.history.values) for one in made]
    assert len(set(lengths)) > 1
    assert network.steps() == [sum(n > step for n in lengths) for step in range(max(lengths))]
    for one, other in zip(made, here, strict=True):
        assert len(one.history.values) == len(other.history.values)
        torch.testing.assert_close(one.picture.cpu(), other.picture, atol=1e-2, rtol=0)


def test_batches_are_few_full_and_of_equal_size() -> None:
    for members in (1, 2, 3, 5):
        for groups in (1, 7, 64, 513, 2048):
            for size in ((3, 3), (96, 96), (500, 500)):
                pictures = groups * members
                count = batch_size(how(size=size, members=members), pictures)
                assert count % members == 0
                assert members <= count <= min(MOST, pictures)
                assert count == members or count * size[0] * size[1] <= MOST_PIXELS
                rounds = -(-pictures // count)
                assert rounds * count - pictures < rounds * members
                smaller = batch_size(how(size=size, members=members), pictures, MOST_PIXELS // 2)
                assert members <= smaller <= count
    assert batch_size(how(size=(96, 96)), 1) == 1


def test_batches_are_as_large_as_the_free_memory_suggests(pretended: PretendedDevice) -> None:
    assert pixels_that_fit(torch.device("cpu")) == MOST_PIXELS
    recipe = how(size=(160, 160))
    pretended.free = 8e9
    assert 150 < batch_size(recipe, 1000, pixels_that_fit(pretended.device)) < 210
    pretended.free = 140e9
    assert batch_size(recipe, 2048, pixels_that_fit(pretended.device)) == MOST
    pretended.free = 0
    assert batch_size(recipe, 2048, pixels_that_fit(pretended.device)) == 1


def test_what_is_shown_again_is_what_is_left(pretended: PretendedDevice) -> None:
    """Pictures that keep their response at the first quality are not judged at the next."""
    context = context_with(size=80, steps=12, rate=0.3)
    network = Watched()
    moved = elsewhere(replace(context, module=network.eval()), pretended.device)
    assert isinstance(moved.module, Watched)
    pretended.clear()
    found = rendered(moved, requests_of(context))
    judged = [count for count, gradient in moved.module.shown if not gradient]
    assert len(found) == 5
    assert judged[0] == judged[1] == 5
    assert judged == sorted(judged, reverse=True)
    assert all(pictures < 5 for pictures in judged[2:]), (
        "else every picture lost too much at the first quality"
    )


def test_a_batch_is_judged_with_one_copy(pretended: PretendedDevice) -> None:
    copies = []
    for filters in (1, 5):
        context = context_with(size=20, steps=3)
        moved = elsewhere(context, pretended.device)
        requests = requests_of(context)[:filters]
        pretended.clear()
        rendered(moved, requests)
        copies.append(pretended.copies["from"])
    assert copies[0] == copies[1]


EXHAUSTED = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    torch.AcceleratorError("CUDA error: out of memory"),
]


@pytest.mark.parametrize("error", EXHAUSTED, ids=lambda error: str(error)[:20])
def test_fewer_pictures_are_made_at_once_where_memory_runs_out(
    pretended: PretendedDevice, error: Exception
) -> None:
    context = context_with(size=20, steps=2)
    moved = elsewhere(replace(context, module=Watched(2, error).eval()), pretended.device)
    requests = [*requests_of(context, "conv1"), *requests_of(context, "conv2")]
    assert len(rendered(moved, requests)) == 11
    assert isinstance(moved.module, Watched)
    copies = moved.once(model_copies.ModelCopies)
    network = copies.modules[torch.float32]
    assert isinstance(network, Watched)
    # 6 and 3 are too many; the next layer does not try again.
    assert network.steps() == [6, 3, *[1] * 22]
    assert pretended.emptied == 2


def test_a_small_memory_is_no_reason_to_fail(pretended: PretendedDevice) -> None:
    context = context_with(side=24, size=20, steps=2)
    moved = elsewhere(context, pretended.device)
    pretended.largest = 30_000  # to draw the first parameters of one takes 11 kB
    assert len(rendered(moved, requests_of(context))) == 5
    assert pretended.emptied == 1


def test_what_does_not_fit_alone_is_told(pretended: PretendedDevice) -> None:
    context = context_with(side=24, size=20, steps=2)
    moved = elsewhere(context, pretended.device)
    pretended.largest = 4_000
    (failed,) = render(moved, requests_of(context))
    assert isinstance(failed, Failed)
    assert failed.reason == "conv2: not even one picture fits into memory"
    assert len(failed.requests) == 5


def test_a_device_that_fails_is_not_a_network_that_refuses_a_canvas(
    pretended: PretendedDevice,
) -> None:
    error = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    context = context_with(size=20, steps=2)
    moved = elsewhere(replace(context, module=Watched(1, error).eval()), pretended.device)
    (failed,) = render(moved, requests_of(context))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("conv2: the device has failed (AcceleratorError: CUDA error:")
    assert "canvas" not in failed.reason


def test_precisions_are_compared_on_fewer_pictures_where_memory_runs_out(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_copies, "low_precision", lambda device: torch.bfloat16)
    context = context_with(size=20, steps=2)
    moved = elsewhere(replace(context, module=Watched(2, EXHAUSTED[0]).eval()), pretended.device)
    ((_, record),) = rendered(moved, requests_of(context)[:1])
    assert record.data["provenance"]["precision"] == "bfloat16"
