"""Python's garbage collection, left out where hundreds of thousands of plain values are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """No search for cycles within: plain data have none, and to search them takes a third of the
    time. What was on before is on again afterwards; what was made meanwhile counts as old by then,
    and is not searched at once."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
