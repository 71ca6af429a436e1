"""Suppress the warnings of other libraries."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_caught = warnings.catch_warnings()
_inside = 0


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress all warnings inside the context.

    Unlike ``warnings.catch_warnings``, several threads may be inside at once: the first one to
    enter switches warnings off, and the last one to leave switches them on again.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _caught, _inside
    with _lock:
        if not _inside:
            _caught = warnings.catch_warnings()
            _caught.__enter__()
            warnings.simplefilter("ignore")
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            _caught.__exit__(None, None, None)
