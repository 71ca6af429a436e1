"""What is stored and told of what an executor gives back, whatever that is."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from convatlas.errors import NetworkError, StoreError
from convatlas.lenses.base import Batch, Failed, Piece
from convatlas.lenses.kernels.lens import Kernels
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record
from convatlas.rendering.executors import Task
from convatlas.rendering.render import Failure, render
from convatlas.store.store import Store
from support import nets
from support.contexts import render_context_of

CONTEXT = render_context_of(nets.Small()).plan
REQUESTS = list(Kernels().requests(CONTEXT, RecordIndex()))


class Scripted:
    """Gives back what it was told to, and then raises what it was told to."""

    def __init__(self, *finished: Batch | Failed, error: Exception | None = None) -> None:
        self.finished, self.error = finished, error

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        yield from self.finished
        if self.error:
            raise self.error


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as opened:
        yield opened


def outcome(store: Store, executor: Scripted) -> tuple[list[Failure], list[int]]:
    """What failed, and how far the progress came, batch by batch."""
    steps: list[int] = []

    @contextmanager
    def progress(what: str, total: int):
        assert (what, total) == ("net kernels", len(REQUESTS))
        yield steps.append

    return render(executor, CONTEXT, RecordIndex(), REQUESTS, store, progress), steps


def batch(*places: int) -> Batch:
    return [(REQUESTS[place], Record({"place": place})) for place in places]


def test_batches_are_stored_in_any_order(store: Store) -> None:
    failures, steps = outcome(store, Scripted(batch(3, 2), batch(*range(4, 11)), batch(1, 0)))
    assert failures == []
    assert steps == [2, 7, 2]
    assert store.find(request.key for request in REQUESTS).keys() == {r.key for r in REQUESTS}
    assert store.get("rate/kernels/net") > 0


def test_what_failed_is_told_and_the_rest_is_stored(store: Store, caplog) -> None:
    failed = Failed(REQUESTS[:2], "they do not like it")
    with caplog.at_level(logging.ERROR):
        failures, steps = outcome(store, Scripted(failed, batch(*range(2, 11))))
    assert failures == [Failure("net", request, failed.reason) for request in REQUESTS[:2]]
    assert steps == [2, 9]
    assert caplog.messages == ["net: they do not like it"]


def test_of_what_ends_the_rendering_all_that_remains_is_told(store: Store) -> None:
    failures, _ = outcome(store, Scripted(batch(0), error=NetworkError("it is gone")))
    assert failures == [Failure("net", request, "it is gone") for request in REQUESTS[1:]]
    assert len(store.find(request.key for request in REQUESTS)) == 1


def test_silence_is_a_fault(store: Store) -> None:
    failures, _ = outcome(store, Scripted(batch(*range(10))))
    (failure,) = failures
    assert failure.reason == "kernels gave no answer; this is a fault of the lens"


def test_a_store_that_cannot_be_written_stops_everything(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError):
        outcome(store, Scripted(batch(0)))
