"""Processes that are forked from this one, have all that it has in memory, and end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias

Pipe: TypeAlias = "Connection[Any, Any]"


def may_fork() -> bool:
    """Return whether this process can fork: safe on Linux only, and forbidden for daemons."""
    forks = sys.platform == "linux" and hasattr(os, "fork")
    return forks and not multiprocessing.current_process().daemon


@dataclass(frozen=True)
class Forked:
    """A forked process, and this one's end of the pipe between them."""

    process: BaseProcess
    pipe: Pipe

    def ending(self) -> str:
        """Wait until the process has ended, and say how it did."""
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            return f"was killed ({signal.Signals(-code).name}), as happens when memory runs out"
        return f"ended by itself (code {code})"

    def stop(self) -> None:
        """Kill the process, whatever it is doing: it must only read."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


def forked(serve: Callable[[Pipe], None], before: Sequence[Forked], *, duplex: bool) -> Forked:
    """Fork a process, which calls a function with its end of a pipe; that need not be picklable.

    Args:
        serve: The function. Its pipe breaks when this process has ended.
        before: The processes that were forked before and still run.
        duplex: Whether this process sends, too.

    Raises:
        OSError: the system does not allow so many processes.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex)
    ends = [*(each.pipe for each in before), ours]
    process = context.Process(target=_serve, args=(serve, theirs, ends), daemon=True)
    try:
        with warnings.catch_warnings():
            # Python warns of forks with running threads, whose locks stay locked in the new
            # process. It must take none of them, and computes with one thread.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return Forked(process, ours)


def _serve(serve: Callable[[Pipe], None], pipe: Pipe, ends: Sequence[Pipe]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent handles it
    for end in ends:  # so that the pipes break when the parent has ended
        end.close()
    if "torch" in sys.modules:  # whose threads are not forked
        sys.modules["torch"].set_num_threads(1)
    serve(pipe)
