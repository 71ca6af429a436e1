"""Keep stdout for results: what networks and data sets write goes to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def stdout_kept() -> Iterator[None]:
    """Send to stderr whatever is written to stdout, also by C code and by other processes."""
    sys.stdout.flush()
    with _descriptor_kept(), contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def _descriptor_kept() -> Iterator[None]:
    try:
        kept = os.dup(STDOUT)
        os.dup2(STDERR, STDOUT)
    except OSError:  # one of them is closed
        yield
        return
    try:
        yield
    finally:
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()  # what was written past the redirection
        os.dup2(kept, STDOUT)
        os.close(kept)


def results_written() -> None:
    """Send to stderr what is still written to stdout before the process ends, and after results.

    That is what C code has in its buffers, and what exit handlers of the user's code print.
    """
    with contextlib.suppress(OSError):  # Python reports a stdout that is broken as it ends
        sys.stdout.flush()
        os.dup2(STDERR, STDOUT)
