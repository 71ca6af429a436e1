"""Copies of the process that render side by side: the same bytes, whatever becomes of them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convatlas.lenses.base import Batch, Failed, Piece, RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest
from convatlas.rendering.executors import LocalExecutor, Task
from convatlas.rendering.forked_workers import PART, ForkExecutor, copies_can_render, cut
from support import nets
from support.contexts import lens_options, render_context_of

pytestmark = pytest.mark.skipif(not copies_can_render(), reason="this process cannot be forked")

OPTIONS = MaximizeOptions(steps=2, size=12, attempts=1)

Rendered = dict[str, Record]


class Deadly(nets.Small):
    """A network whose first copies end their process while pictures are optimised."""

    def __init__(self, marks: Path, deaths: int) -> None:
        super().__init__()
        self.marks, self.deaths, self.parent = marks, deaths, os.getpid()

    def forward(self, inputs: Tensor) -> Tensor:
        if os.getpid() != self.parent and len(list(self.marks.iterdir())) < self.deaths:
            (self.marks / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(inputs)


def work(network: torch.nn.Module) -> tuple[RenderContext, Task, list[Piece]]:
    """A network, and the pictures of its filters by layer and recipe."""
    context = render_context_of(network, lenses=lens_options(maximize=OPTIONS))
    requests = list(Maximize().requests(context.plan, context.records))
    pieces = list(Maximize().pieces(context.plan, requests))
    return context, Task(context.plan, "maximize", RecordIndex(), {}), pieces


def sorted_out(finished: Iterator[Batch | Failed]) -> tuple[Rendered, list[Failed]]:
    """The records by key, and the failures."""
    records: Rendered = {}
    failures: list[Failed] = []
    for batch in finished:
        if isinstance(batch, Failed):
            failures.append(batch)
        else:
            records |= {request.key: record for request, record in batch}
    return records, failures


def keys(requests: Sequence[RecordRequest]) -> set[str]:
    return {request.key for request in requests}


@pytest.fixture(scope="module")
def alone() -> Rendered:
    """What one process makes, with one thread."""
    context, task, pieces = work(nets.Small())
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        records, failures = sorted_out(LocalExecutor(context).render(task, pieces))
    finally:
        torch.set_num_threads(threads)
    assert not failures
    return records


def test_copies_make_the_same_bytes(alone) -> None:
    context, task, pieces = work(nets.Small())
    records, failures = sorted_out(ForkExecutor(context, 3).render(task, pieces))
    assert not failures
    assert records == alone
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("deaths", [1, 2])
def test_the_work_of_a_copy_that_was_killed_is_done_by_others(tmp_path, alone, deaths) -> None:
    context, task, pieces = work(Deadly(tmp_path, deaths))
    records, failures = sorted_out(ForkExecutor(context, 2).render(task, pieces))
    assert len(list(tmp_path.iterdir())) >= deaths  # two may die at the same time
    assert not failures
    assert {record.pictures["picture"].data for record in records.values()} == {
        record.pictures["picture"].data for record in alone.values()
    }


def test_what_kills_every_copy_fails_with_the_reason(tmp_path) -> None:
    context, task, pieces = work(Deadly(tmp_path, 10_000))
    records, failures = sorted_out(ForkExecutor(context, 2).render(task, pieces))
    assert not records
    assert set().union(*(keys(each.requests) for each in failures)) == set().union(
        *map(keys, pieces)
    )
    assert all("killed (SIGKILL)" in each.reason for each in failures)
    assert not multiprocessing.active_children()


def test_no_copy_is_left_when_the_rest_is_given_up() -> None:
    context, task, pieces = work(nets.Small())
    finished = ForkExecutor(context, 2).render(task, pieces)
    next(finished)
    assert len(multiprocessing.active_children()) == 2
    finished.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_what_copies_log_is_logged_here(caplog) -> None:
    context, task, pieces = work(nets.Small())
    with caplog.at_level(logging.INFO, logger="convatlas.maximize"):
        list(ForkExecutor(context, 2).render(task, pieces))
    told = [record for record in caplog.records if record.getMessage().endswith(" s")]
    assert {record.process for record in told}.isdisjoint({os.getpid()})
    layers = {record.getMessage().split()[0] for record in told}
    assert layers == {piece[0].layer for piece in pieces}


@pytest.mark.parametrize("cores", [1, 2])
def test_little_work_is_done_here(monkeypatch, cores) -> None:
    context, task, pieces = work(nets.Small())
    few = pieces if cores == 1 else [pieces[0][:2], pieces[1][:2]]
    monkeypatch.setattr("convatlas.rendering.forked_workers.ForkedWorkers", None)
    records, _ = sorted_out(ForkExecutor(context, cores).render(task, few))
    assert records.keys() == set().union(*map(keys, few))


@given(st.lists(st.integers()), st.integers(1, 100))
def test_pieces_are_cut_between_batches(piece, batch) -> None:
    parts = list(cut(piece, batch))
    assert [request for part in parts for request in part] == piece
    assert all(len(part) % batch == 0 for part in parts[:-1])
    assert all(0 < len(part) <= max(PART, batch) for part in parts)
