"""Progress reports: bars on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

log = logging.getLogger("convatlas.progress")

EVERY = 30.0
"""Seconds between two log lines."""

Done = Callable[[int], object]


@contextmanager
def bars(what: str, total: int) -> Iterator[Done]:
    """Show a progress bar on stderr, with records per second and the time left."""
    with tqdm(total=total, desc=what, unit="", file=sys.stderr, dynamic_ncols=True) as bar:
        yield bar.update


@contextmanager
def lines(what: str, total: int) -> Iterator[Done]:
    """Log a line at the start, every half minute, and at the end."""
    started = last = time.monotonic()
    count = 0

    def done(more: int) -> None:
        nonlocal count, last
        count += more
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            log.info("%s: %s", what, _state(count, total, now - started))

    log.info("%s: %d to do", what, total)
    yield done
    log.info("%s: %s", what, _state(count, total, time.monotonic() - started))


@contextmanager
def silence(what: str, total: int) -> Iterator[Done]:
    """Show nothing."""
    yield lambda more: None


def _state(count: int, total: int, seconds: float) -> str:
    rate = count / max(seconds, 1e-9)
    state = f"{count} of {total}, {rate:.1f} a second"
    if 0 < count < total:
        return f"{state}, {tqdm.format_interval((total - count) / rate)} left"
    return f"{state}, {tqdm.format_interval(seconds)} in all"
