"""Pictures are encoded behind a device that goes on, and come out as if it had waited."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from torch import Tensor

from convatlas.forked import may_fork
from convatlas.images.helpers import HelperLost, Helpers
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.encoders import FEW, AtOnce, Encoders, encoders_for
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.render import render, render_with
from convatlas.model.records import Record, RecordRequest
from convatlas.rendering import render as rendering
from convatlas.rendering.executors import LocalExecutor
from convatlas.rendering.render import Failure, Progress
from convatlas.store.store import Store
from support import nets
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.pretended_device import PretendedDevice

Item = TypeVar("Item")
Result = TypeVar("Result")

forks = pytest.mark.skipif(not may_fork(), reason="this process cannot be forked")


def context_of(network: nets.Small | None = None, **options: object) -> RenderContext:
    """A network of two layers with 11 filters, each with a picture in both directions."""
    plain = {"second": False, "attempts": 1, "size": 34, "steps": 2, "canvas": "pixels"}
    lenses = lens_options(maximize=MaximizeOptions(**{**plain, **options}))
    return render_context_of(network or nets.Small(), [], 34, lenses=lenses)


def requests_of(context: RenderContext) -> list[RecordRequest]:
    return list(Maximize().requests(context.plan, context.records))


def made(context: RenderContext, encoders: Encoders) -> list[tuple[str, Record]]:
    """All records in the order in which they come."""
    found: list[tuple[str, Record]] = []
    for batch in render_with(encoders, context, requests_of(context)):
        assert not isinstance(batch, Failed), batch.reason
        found += [(request.key, record) for request, record in batch]
    return found


@contextmanager
def helpers(count: int) -> Iterator[Helpers]:
    made = Helpers(count)
    try:
        yield made
    finally:
        made.close()


class Lazy(Future[Result]):
    """Is done once it was asked for often enough, or is waited for."""

    def __init__(self, work: Callable[[], Result], times: int) -> None:
        super().__init__()
        self.work, self.times = work, times

    def done(self) -> bool:
        self.times -= 1
        if self.times < 0 and not super().done():
            self.set_result(self.work())
        return super().done()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self.times = 0
        self.done()
        return super().exception(timeout)


class Slow:
    """Encodes what is submitted as slowly as some numbers say, one after the other."""

    def __init__(self, times: Sequence[int]) -> None:
        self.times, self.count = times, 0

    def submit(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Sequence[Future[Result]]:
        self.count += 1
        times = self.times[self.count % len(self.times)]
        return [Lazy(lambda item=item: task(item), times) for item in items]


class Counting(AtOnce):
    """Encodes at once, and counts what is submitted."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def submit(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Sequence[Future[Result]]:
        some = list(items)
        self.counts.append(len(some))
        return super().submit(task, some)


SPEEDS = ([1], [10**9], [3, 0, 0, 40])


def test_few_pictures_of_a_large_batch_are_encoded_once_each_and_have_the_same_bytes() -> None:
    """Seats that nobody asked for are filled with the same pictures, which are not encoded."""
    context = context_of(negative=False)
    whole = dict(made(context, AtOnce()))
    first = [request for request in requests_of(context) if request.layer == "conv2"][:1]
    count = Maximize().batch(context, first)
    assert count > 1
    counting = Counting()
    ((request, record),) = next(iter(render_with(counting, context, first)))
    assert record == whole[request.key]
    assert counting.counts
    assert max(counting.counts) == 1


@pytest.mark.parametrize("options", [{}, {"diversity": 2, "negative": False}, {"growths": 1}])
def test_records_and_their_order_do_not_depend_on_when_they_are_encoded(
    options: dict[str, object],
) -> None:
    expected = made(context_of(**options), AtOnce())
    assert len(expected) == len({key for key, _ in expected}) >= 11
    for times in SPEEDS:
        assert made(context_of(**options), Slow(times)) == expected
    with helpers(2) as processes:
        assert made(context_of(**options), processes) == expected


def test_neither_do_they_on_an_accelerator(pretended: PretendedDevice) -> None:
    found = []
    for few in (False, True):
        for encoders in (AtOnce(), *map(Slow, SPEEDS)):
            context = elsewhere(context_of(), pretended.device)
            if few:  # four pictures at once, so that layers take several batches
                context.once(ModelCopies).pixels = 4 * 34 * 34
            found.append(made(context, encoders))
    half = len(found) // 2
    assert all(each == found[0] for each in found[:half])
    assert all(each == found[half] for each in found[half:])


class Noting(nets.Small):
    """Notes what it is shown: True for a step, False for a score."""

    noted: list[bool]

    def forward(self, x: Tensor) -> Tensor:
        self.noted.append(x.requires_grad)
        return super().forward(x)


def noted(pretended: PretendedDevice, encoders: Encoders) -> list[bool]:
    network = Noting()
    network.noted = []
    context = elsewhere(context_of(network.eval(), negative=False), pretended.device)
    context.once(ModelCopies).modules[torch.float32].noted = network.noted  # type: ignore[assignment]
    context.module.noted = network.noted  # type: ignore[assignment]
    network.noted.clear()
    made(context, encoders)
    return network.noted


def test_the_next_layer_is_optimised_while_the_first_is_encoded(
    pretended: PretendedDevice,
) -> None:
    in_turn, behind = noted(pretended, AtOnce()), noted(pretended, Slow([10**9]))
    assert sorted(in_turn) == sorted(behind)
    steps, scored = [True] * 2, [False]
    assert in_turn[:4] == steps + scored * 2
    assert behind[:6] == steps + scored + steps + scored  # the originals of both are scored at once
    assert not any(behind[6:])


class Exhausted(nets.Small):
    """Has no memory for more than two pictures, whether or not they are optimised."""

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(x)


def test_smaller_batches_come_out_the_same_in_either_order(pretended: PretendedDevice) -> None:
    found = [
        made(elsewhere(replace(context_of(), module=Exhausted().eval()), pretended.device), each)
        for each in (AtOnce(), Slow([9]))
    ]
    assert len(found[0]) == 22
    assert found[0] == found[1]


@forks
def test_a_process_that_is_killed_ends_the_rendering_in_one_sentence(
    pretended: PretendedDevice,
) -> None:
    context = elsewhere(context_of(), pretended.device)
    with helpers(1) as processes:
        processes._forked[0].process.kill()
        with pytest.raises(HelperLost, match=r"was killed .* free some memory and build again$"):
            made(context, processes)
    assert not multiprocessing.active_children()


class Murderous(nets.Small):
    """Kills a process that encodes, while its second layer is optimised."""

    left = 3

    def forward(self, x: Tensor) -> Tensor:
        self.left -= x.requires_grad
        if not self.left and multiprocessing.active_children():
            multiprocessing.active_children()[0].kill()
        return super().forward(x)


@contextmanager
def silent(told: str, count: int) -> Iterator[Callable[[int], object]]:
    yield lambda done: None


@contextmanager
def interrupted(told: str, count: int) -> Iterator[Callable[[int], object]]:
    """Ctrl-C while a batch is stored."""

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    yield stop


def stored(context: RenderContext, folder: Path, progress: Progress) -> list[Failure]:
    """What of a whole rendering into a store fails."""
    requests, records = requests_of(context), context.records
    executor = LocalExecutor(context)
    with Store(folder / "store") as store:
        return rendering.render(executor, context.plan, records, requests, store, progress)


@forks
def test_a_build_tells_which_pictures_a_killed_process_has_left_unmade(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("convatlas.lenses.maximize.encoders.FEW", 2)
    context = elsewhere(context_of(Murderous()), pretended.device)
    failures = stored(context, tmp_path, silent)
    assert failures
    assert all(
        failure.reason
        == "a process that encoded pictures was killed (SIGKILL), as happens when memory runs out;"
        " free some memory and build again"
        for failure in failures
    )
    assert not multiprocessing.active_children()


@forks
def test_no_process_is_left_after_an_interrupt_between_two_batches(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("convatlas.lenses.maximize.encoders.FEW", 2)
    context = elsewhere(context_of(), pretended.device)
    with pytest.raises(KeyboardInterrupt) as kept:  # which holds all frames
        stored(context, tmp_path, interrupted)
    assert kept
    assert not multiprocessing.active_children()


class Interrupted(nets.Small):
    """Is interrupted while its second layer is optimised."""

    left = 3

    def forward(self, x: Tensor) -> Tensor:
        self.left -= x.requires_grad
        if not self.left:
            raise KeyboardInterrupt
        return super().forward(x)


@forks
def test_no_process_is_left_after_an_interrupt_or_where_the_rest_is_given_up(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convatlas.lenses.maximize.encoders.FEW", 2)
    context = elsewhere(context_of(Interrupted()), pretended.device)
    with pytest.raises(KeyboardInterrupt):
        list(render(context, requests_of(context)))
    assert not multiprocessing.active_children()
    context = elsewhere(context_of(), pretended.device)
    rest = render(context, requests_of(context))
    next(rest)
    assert multiprocessing.active_children()
    rest.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_a_cpu_encodes_at_once_and_few_pictures_need_no_process(
    pretended: PretendedDevice,
) -> None:
    context = context_of()
    with encoders_for(context, 10**6) as encoders:
        assert isinstance(encoders, AtOnce)
    with encoders_for(elsewhere(context, pretended.device), FEW - 1) as encoders:
        assert isinstance(encoders, Helpers)
        assert not multiprocessing.active_children()
