"""Missing records, rendered in batches and written as they are finished."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from convatlas.errors import StoreError, told
from convatlas.lenses.base import Batch, Failed, Lens, RenderContext
from convatlas.lenses.registry import lenses
from convatlas.model.records import RecordRequest
from convatlas.store.store import Store

log = logging.getLogger("convatlas.render")

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]
"""From a description and a total to a context whose value is told how many more are done."""


@dataclass(frozen=True)
class Failure:
    """A record that could not be rendered, and why."""

    network: str
    request: RecordRequest
    reason: str


def render(
    context: RenderContext, missing: Sequence[RecordRequest], store: Store, progress: Progress
) -> list[Failure]:
    """Render what is missing for one network, lens by lens; returns what failed."""
    failures: list[Failure] = []
    for lens in lenses():
        requests = [request for request in missing if request.lens == lens.name]
        if requests:
            failures += _render_lens(lens, context, requests, store, progress)
    return failures


def _render_lens(
    lens: Lens,
    context: RenderContext,
    requests: Sequence[RecordRequest],
    store: Store,
    progress: Progress,
) -> list[Failure]:
    network = context.plan.network.name
    failures: list[Failure] = []
    pending = {request.key: request for request in requests}
    started = time.monotonic()
    with progress(f"{network} {lens.name}", len(requests)) as done:
        reason = f"{lens.name} gave no answer; this is a fault of the lens"
        try:
            for batch in lens.render(context, requests):
                finished = _settle(batch, network, store, failures)
                for key in finished:
                    pending.pop(key, None)
                done(len(finished))
        except StoreError:
            raise
        except Exception as error:  # the network is the user's code: it may raise what it likes
            log.debug("%s %s", network, lens.name, exc_info=True)
            reason = told(error)
    failures += [Failure(network, request, reason) for request in pending.values()]
    finished_count = len(requests) - len(failures)
    if finished_count:
        _remember_rate(lens.name, network, finished_count, time.monotonic() - started, store)
    return failures


def _settle(
    batch: Batch | Failed, network: str, store: Store, failures: list[Failure]
) -> list[str]:
    if isinstance(batch, Failed):
        log.error("%s: %s", network, batch.reason)
        failures += [Failure(network, request, batch.reason) for request in batch.requests]
        return [request.key for request in batch.requests]
    store.add((network, request, record) for request, record in batch)
    return [request.key for request, _ in batch]


def _remember_rate(lens: str, network: str, count: int, seconds: float, store: Store) -> None:
    """Keep how long a record took, for the estimates of ``plan``."""
    store.put(f"rate/{lens}/{network}", seconds / count)
