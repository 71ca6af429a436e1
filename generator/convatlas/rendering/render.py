"""Render missing records in batches, and store each batch when it is finished."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from convatlas.errors import ClusterError, StoreError, describe
from convatlas.lenses.base import Batch, Failed, PlanContext
from convatlas.lenses.registry import lenses
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest
from convatlas.rendering.executors import Executor, Task
from convatlas.store.store import Store

log = logging.getLogger("convatlas.render")

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]
"""From a description and a total to a context, which yields a function that counts what is done."""


@dataclass(frozen=True)
class Failure:
    """A record that could not be rendered, and why."""

    network: str
    request: RecordRequest
    reason: str


def render(
    executor: Executor,
    context: PlanContext,
    records: RecordIndex,
    missing: Sequence[RecordRequest],
    store: Store,
    progress: Progress,
) -> list[Failure]:
    """Render and store the missing records of a network, lens by lens, and return the failures.

    Args:
        records: the records of the network that the store has.

    Raises:
        StoreError: the store cannot be written, or a picture to render from is damaged.
        ClusterError: the workers that should render cannot be used.
    """
    failures: list[Failure] = []
    for lens in lenses():
        requests = [request for request in missing if request.lens == lens.name]
        if requests:
            digests = {digest for request in requests for digest in lens.pictures(request)}
            pictures = {digest: store.picture(digest) for digest in sorted(digests)}
            task = Task(context, lens.name, records.only(lens.reads), pictures)
            pieces = lens.pieces(context, requests)
            finished = executor.render(task, pieces)
            failures += _store_finished(task, requests, finished, store, progress)
    return failures


def _store_finished(
    task: Task,
    requests: Sequence[RecordRequest],
    finished: Iterator[Batch | Failed],
    store: Store,
    progress: Progress,
) -> list[Failure]:
    """Store the finished batches of one lens, and return the failures."""
    network = task.context.network.name
    failures: list[Failure] = []
    pending = {request.key: request for request in requests}
    started = time.monotonic()
    with progress(f"{network} {task.lens}", len(requests)) as done:
        reason = f"{task.lens} gave no answer; this is a fault of the lens"
        try:
            for batch in finished:
                keys = _settle(batch, network, store, failures)
                for key in keys:
                    pending.pop(key, None)
                done(len(keys))
        except (StoreError, ClusterError, KeyboardInterrupt):
            raise
        except BaseException as error:  # the network is the user's code, which may raise anything
            log.debug("%s %s", network, task.lens, exc_info=True)
            reason = describe(error)
        finally:
            if isinstance(finished, Generator):
                finished.close()  # now, not when the exception is forgotten: processes may wait
    failures += [Failure(network, request, reason) for request in pending.values()]
    count = len(requests) - len(failures)
    if count:
        _remember_rate(task.lens, network, count, time.monotonic() - started, store)
    return failures


def _settle(
    batch: Batch | Failed, network: str, store: Store, failures: list[Failure]
) -> list[str]:
    """Store a batch, or add its failures to ``failures``; return the keys of its requests."""
    if isinstance(batch, Failed):
        log.error("%s: %s", network, batch.reason)
        failures += [Failure(network, request, batch.reason) for request in batch.requests]
        return [request.key for request in batch.requests]
    store.add((network, request, record) for request, record in batch)
    return [request.key for request, _ in batch]


def _remember_rate(lens: str, network: str, count: int, seconds: float, store: Store) -> None:
    """Store the seconds per record, for the estimates of ``convatlas plan``."""
    store.put(f"rate/{lens}/{network}", seconds / count)
