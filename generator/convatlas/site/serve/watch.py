"""Making pages again whenever what they are made from changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event

from convatlas.errors import AtlasError

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two looks."""

Stamps = dict[Path, tuple[int, int]]
"""Of each file the time of its last change in nanoseconds, and its size."""


def watch(
    sources: Callable[[], Iterable[Path]], rebuild: Callable[[], str], stop: Event | None = None
) -> None:
    """Call ``rebuild`` whenever a file among ``sources`` is changed, until ``stop`` is set.

    :param sources: files, and folders of which all files count; asked for anew each time.
    :param rebuild: returns what is to be told. What it raises is told, and the pages stay as they
        are until the next change.
    """
    done = stop or Event()
    known = stamps(sources())
    while not done.wait(PAUSE):
        now = stamps(sources())
        if now == known:
            continue
        changed = (path for path in now.keys() | known.keys() if now.get(path) != known.get(path))
        log.info("changed: %s", ", ".join(path.name for path in sorted(changed)))
        known = now
        try:
            log.info("%s", rebuild())
        except AtlasError as error:
            log.error("%s\nthe pages stay as they were", error)


def stamps(sources: Iterable[Path]) -> Stamps:
    """What tells whether files have changed; those that are not there are left out."""
    found: Stamps = {}
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            try:
                facts = path.stat()
            except OSError:  # it went while we looked
                continue
            if path.is_file() and not path.name.startswith("."):
                found[path] = (facts.st_mtime_ns, facts.st_size)
    return found
