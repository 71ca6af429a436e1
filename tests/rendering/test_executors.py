"""The seam for executors: what goes over it and comes back, and that it makes no difference."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from convatlas.deriving.foreign_pictures import introduced
from convatlas.lenses.base import Batch, Failed, Piece, PlanContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.registry import lens_of, lenses
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import StoredRecord
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.network_source import NetworkSource
from convatlas.opening.workspace import Workspace
from convatlas.planning.plan import Plan, discover, only, planned
from convatlas.rendering.executors import Executor, LocalExecutor, Task
from convatlas.rendering.progress import silence
from convatlas.rendering.render import render
from convatlas.store.store import Store
from support import nets
from support.contexts import lens_options, render_context_of
from support.every_lens import every_lens
from support.remote import RemoteExecutor

Records = dict[str, StoredRecord]


@dataclass
class Watched:
    """A local executor that keeps what goes through it."""

    executor: LocalExecutor
    tasks: list[tuple[Task, list[Piece]]] = field(default_factory=list)
    finished: list[Batch | Failed] = field(default_factory=list)

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        cut = list(pieces)
        self.tasks.append((task, cut))
        for each in self.executor.render(task, cut):
            self.finished.append(each)
            yield each


def complete(workspace: Workspace, store: Store, choose: Callable[[str], Executor]) -> Records:
    """All records of an atlas by key, rendered by each network's executor."""

    def made(context: PlanContext) -> Plan:
        plan, executor = planned(context, store), choose(context.network.name)
        while plan.missing:
            missing = only(context.network.name, plan.missing, None)
            assert not render(executor, context, plan.records, missing, store, silence)
            discover(plan, store)
        return plan

    plans = introduced(workspace.plan_contexts(), made, store, silence)
    return {request.key: record for plan in plans for request, record in plan.records}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("every-lens")
    every_lens(folder)
    return folder


@pytest.fixture(scope="module")
def local(folder: Path) -> tuple[list[Watched], Records, list[NetworkSource]]:
    """The executors of both networks, what they made, and what opens the networks elsewhere."""
    watched: list[Watched] = []
    with Store(folder / "local") as store:
        workspace = Workspace(every_lens(folder), OpenCatalog(store))

        def choose(name: str) -> Executor:
            watched.append(Watched(LocalExecutor(workspace.render_context(name, "cpu"))))
            return watched[-1]

        records = complete(workspace, store, choose)
        known = workspace.catalog.known
        configuration = workspace.configuration
        sources = [NetworkSource(configuration, name, "cpu", known) for name in ("open", "closed")]
        return watched, records, sources


def test_pieces_hold_every_request_once(local) -> None:
    tasks = list(chain.from_iterable(each.tasks for each in local[0]))
    silent = {"folded_kernels"}  # which no network has that is not compared
    assert {task.lens for task, _ in tasks} == {lens.name for lens in lenses()} - silent
    for task, pieces in tasks:
        requests = [request for piece in pieces for request in piece]
        assert len({request.key for request in requests}) == len(requests)
        again = lens_of(task.lens).pieces(task.context, requests)
        assert [list(piece) for piece in again] == [list(piece) for piece in pieces]
    many = {task.lens for task, pieces in tasks if len(pieces) > 1}
    assert many == {"kernels", "attribution", "probes", "hypotheses", "maximize", "transfer"}
    judged = [task for task, _ in tasks if task.pictures]
    assert {task.lens for task in judged} == {"suspects", "transfer"}


def test_what_goes_over_and_comes_back_can_be_pickled(local) -> None:
    watched, _, sources = local
    for each in watched:
        for task, pieces in each.tasks:
            context = pickle.loads(pickle.dumps(task.context))
            assert context == task.context
            assert hash(context) == hash(task.context)
            assert pickle.loads(pickle.dumps(task)) == task
            assert pickle.loads(pickle.dumps(pieces)) == pieces
            failed = Failed(pieces[0], "why not")
            assert pickle.loads(pickle.dumps(failed)) == failed
        for finished in each.finished:
            assert pickle.loads(pickle.dumps(finished)) == finished
    for source in sources:
        again = pickle.loads(pickle.dumps(source))
        assert replace(again, configuration=source.configuration) == source
        assert again.configuration.atlas == source.configuration.atlas


def test_of_the_records_only_those_that_a_lens_reads_go_over(local) -> None:
    sent = [
        (task.lens, request.lens)
        for task, _ in chain.from_iterable(each.tasks for each in local[0])
        for request, _ in task.records
    ]
    assert set(sent) == {
        ("maximize", "statistics"),
        ("prune", "effects"),
        ("suspects", "effects"),
        ("suspects", "examples"),
        ("circuits", "examples"),
    }


def test_another_process_makes_the_same_bytes(local, folder: Path) -> None:
    _, expected, sources = local
    by_name = {source.network: source for source in sources}
    spawn = get_context("spawn")
    threads = torch.get_num_threads()
    with (
        ProcessPoolExecutor(1, spawn, torch.set_num_threads, (threads,)) as pool,
        Store(folder / "remote") as store,
    ):
        workspace = Workspace(every_lens(folder), OpenCatalog(store))
        records = complete(workspace, store, lambda name: RemoteExecutor(pool, by_name[name]))
    assert records == expected


def test_a_network_is_opened_again_without_what_was_known(local) -> None:
    watched, _, (source, _) = local
    context = replace(source, memo={}).open()
    assert context.plan == watched[0].tasks[0][0].context


def test_copies_of_the_network_are_made_once_for_all_pieces(monkeypatch) -> None:
    made = []
    begin = ModelCopies.__post_init__
    monkeypatch.setattr(ModelCopies, "__post_init__", lambda copies: made.append(begin(copies)))
    options = lens_options(maximize=MaximizeOptions(steps=1, size=12, attempts=1))
    opened = render_context_of(nets.Small(), lenses=options)
    requests = list(Maximize().requests(opened.plan, opened.records))
    pieces = list(Maximize().pieces(opened.plan, requests))
    task = Task(opened.plan, "maximize", RecordIndex(), {})
    for _ in (1, 2):  # for another round of requests there are new ones
        assert len(list(LocalExecutor(opened).render(task, pieces))) >= len(pieces) > 1
    assert len(made) == 2
