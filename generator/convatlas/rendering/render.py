"""Missing records, rendered in batches and written as they are finished."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from convatlas.errors import StoreError, told
from convatlas.lenses.base import Batch, Failed, Lens, Studio
from convatlas.lenses.registry import LENSES
from convatlas.model.records import Ask
from convatlas.store.store import Store

log = logging.getLogger("convatlas.render")

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]
"""From a description and a total to a context whose value is told how many more are done."""


@dataclass(frozen=True)
class Failure:
    """A record that could not be rendered, and why."""

    network: str
    ask: Ask
    reason: str


def render(
    studio: Studio, missing: Sequence[Ask], store: Store, progress: Progress
) -> list[Failure]:
    """Render what is missing for one network, lens by lens; returns what failed."""
    failures: list[Failure] = []
    for lens in LENSES:
        asks = [ask for ask in missing if ask.lens == lens.name]
        if asks:
            failures += _render_lens(lens, studio, asks, store, progress)
    return failures


def _render_lens(
    lens: Lens, studio: Studio, asks: Sequence[Ask], store: Store, progress: Progress
) -> list[Failure]:
    network = studio.study.network.name
    failures: list[Failure] = []
    pending = {ask.key: ask for ask in asks}
    started = time.monotonic()
    with progress(f"{network} {lens.name}", len(asks)) as done:
        reason = f"{lens.name} gave no answer; this is a fault of the lens"
        try:
            for batch in lens.render(studio, asks):
                finished = _settle(batch, network, store, failures)
                for key in finished:
                    pending.pop(key, None)
                done(len(finished))
        except StoreError:
            raise
        except Exception as error:  # the network is the user's code: it may raise what it likes
            log.debug("%s %s", network, lens.name, exc_info=True)
            reason = told(error)
    failures += [Failure(network, ask, reason) for ask in pending.values()]
    finished_count = len(asks) - len(failures)
    if finished_count:
        _remember_rate(lens.name, network, finished_count, time.monotonic() - started, store)
    return failures


def _settle(
    batch: Batch | Failed, network: str, store: Store, failures: list[Failure]
) -> list[str]:
    if isinstance(batch, Failed):
        log.error("%s: %s", network, batch.reason)
        failures += [Failure(network, ask, batch.reason) for ask in batch.asks]
        return [ask.key for ask in batch.asks]
    store.add((network, ask, record) for ask, record in batch)
    return [ask.key for ask, _ in batch]


def _remember_rate(lens: str, network: str, count: int, seconds: float, store: Store) -> None:
    """Keep how long a record took, for the estimates of ``plan``."""
    store.put(f"rate/{lens}/{network}", seconds / count)
