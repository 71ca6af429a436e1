"""The lock of an output folder: one build at a time writes into it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from convatlas.site.output.tree import os_errors_explained

LOCK = ".convatlas-site.lock"
"""The file that is locked. It stays when the lock is released, and is empty on Linux and macOS."""

log = logging.getLogger(__name__)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the lock of a folder during a ``with`` block; wait if another process holds it.

    The system releases the lock of a process that is killed.

    Raises:
        SiteError: the file to be locked is a link or cannot be written.
    """
    lock = FileLock(out / LOCK, mode=0o644)
    with os_errors_explained(out / LOCK):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            log.info("another build writes %s: waiting for it", out)
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
