"""Rebuild pages whenever their sources change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event

from convatlas.errors import AtlasError

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two checks."""

Stamps = dict[Path, tuple[int, int]]
"""For each file, the time of its last change in nanoseconds, and its size in bytes."""


def watch(
    sources: Callable[[], Iterable[Path]], rebuild: Callable[[], str], stop: Event | None = None
) -> None:
    """Call ``rebuild`` whenever a file among ``sources`` changes, until ``stop`` is set.

    Args:
        sources: returns files, and folders all files of which are watched; called for each check.
        rebuild: returns a message to log. An AtlasError is logged, and the pages stay as they were
            until the next change.
    """
    done = stop or Event()
    before = stamps(sources())
    while not done.wait(PAUSE):
        now = stamps(sources())
        if now == before:
            continue
        changed = (path for path in now.keys() | before.keys() if now.get(path) != before.get(path))
        log.info("changed: %s", ", ".join(path.name for path in sorted(changed)))
        before = now
        try:
            log.info("%s", rebuild())
        except AtlasError as error:
            log.error("%s\nthe pages stay as they were", error)


def stamps(sources: Iterable[Path]) -> Stamps:
    """Return the time and size of each existing file, which show whether it has changed."""
    found: Stamps = {}
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            try:
                facts = path.stat()
            except OSError:  # it was removed in the meantime
                continue
            if path.is_file() and not path.name.startswith("."):
                found[path] = (facts.st_mtime_ns, facts.st_size)
    return found
