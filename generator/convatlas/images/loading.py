"""Decode pictures ahead of the device, in other processes if that is worthwhile."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convatlas.cores import cores
from convatlas.errors import RenderError, describe

log = logging.getLogger(__name__)

Result = TypeVar("Result")

FEW = 64
"""With fewer pictures than this, threads finish before processes have started."""
MOST = 8
"""With more processes than this, decoding is faster than any device that waits for it."""
THREADS = 2


def load(
    indices: Sequence[int],
    make: Callable[[int], NDArray[np.uint8]],
    batch: int,
    workers: int | None = None,
) -> Generator[tuple[int, NDArray[np.uint8]], None, None]:
    """Yield pictures in batches [n, h, w, c], each with its first one's position in ``indices``.

    Each process is at most one batch ahead (with tiny pictures, 64 KiB), so memory use does not
    grow with the set. No process is left once the iterator is closed or exhausted.

    Args:
        indices: The indices of the pictures.
        make: Returns the picture [h, w, c] with an index. It is called in other processes, so it
            may be any closure, but its side effects are lost.
        batch: The number of pictures in a batch.
        workers: The number of processes; 0 for threads in this process. If None, it depends on the
            numbers of pictures and cores.

    Raises:
        RenderError: a process was killed.
        Exception: what ``make`` raised, with the same type and message.
    """
    starts = range(0, len(indices), batch)

    def stacked(start: int) -> NDArray[np.uint8]:
        return np.stack([make(index) for index in indices[start : start + batch]])

    count = suited(len(indices)) if workers is None else workers
    with closing(_ahead(stacked, starts, count)) as batches:
        yield from zip(starts, batches, strict=True)


def suited(pictures: int) -> int:
    """Return the number of processes for decoding that many pictures; 0 for threads in this one."""
    if pictures < FEW:
        return 0
    return max(1, min(MOST, cores() // 2))


def _ahead(
    work: Callable[[int], Result], jobs: Sequence[int], workers: int
) -> Generator[Result, None, None]:
    """Yield the result of each job, in order, while the next ones are being computed."""
    count = min(workers, len(jobs))
    if count and _may_fork():
        return _in_processes(work, jobs, count)
    return _in_threads(work, jobs)


def _may_fork() -> bool:
    """Return whether this process can fork: safe on Linux only, and forbidden for daemons."""
    forks = sys.platform == "linux" and hasattr(os, "fork")
    return forks and not multiprocessing.current_process().daemon


def _in_threads(
    work: Callable[[int], Result], jobs: Sequence[int]
) -> Generator[Result, None, None]:
    """Run the jobs in threads, which helps because Pillow decodes without holding the GIL."""
    rest = iter(jobs)
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = deque(pool.submit(work, job) for job in islice(rest, THREADS + 1))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(work, job) for job in islice(rest, 1))
                yield result
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class _Worker:
    """A process that does its jobs one by one, and waits after each until the result is taken."""

    process: BaseProcess
    results: Connection[Any, Any]

    def take(self) -> Any:
        """Return the next result.

        Raises:
            RenderError: the process has ended early.
            Exception: what the job raised.
        """
        try:
            sound, value = self.results.recv()
        except (EOFError, OSError):
            raise RenderError(self._end()) from None
        if not sound:
            raise value
        return value

    def _end(self) -> str:
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            how = f"was killed ({signal.Signals(-code).name}), as happens when memory runs out"
            return f"a process that decoded images {how}; free some memory and build again"
        return f"a process that decoded images ended by itself (code {code}); build again"

    def stop(self) -> None:
        """Kill the process, whatever it is doing; it only reads."""
        self.results.close()
        self.process.kill()
        self.process.join()


def _in_processes(
    work: Callable[[int], Result], jobs: Sequence[int], count: int
) -> Generator[Result, None, None]:
    """Run job n in process n modulo ``count``, so that each process knows its jobs in advance.

    A pipe holds only 64 KiB, so each process waits with its batch until it is taken. Unlike torch's
    DataLoader and ``concurrent.futures``, this needs no queues, threads or shared memory, wraps no
    exceptions, and leaves no process behind when this one is killed.
    """
    crew: list[_Worker] = []
    try:
        if not _hire(crew, work, jobs, count):
            yield from _in_threads(work, jobs)
            return
        for place in range(len(jobs)):
            yield crew[place % count].take()
    finally:
        for each in crew:
            each.stop()


def _hire(
    crew: list[_Worker], work: Callable[[int], Result], jobs: Sequence[int], count: int
) -> bool:
    """Start ``count`` processes; return False if the system does not allow so many."""
    try:
        for number in range(count):
            before = [each.results for each in crew]
            crew.append(_fork(work, jobs[number::count], before))
    except OSError as error:
        log.info("images are decoded without further processes: %s", error.strerror)
        return False
    return True


def _fork(
    work: Callable[[int], Result], jobs: Sequence[int], before: Sequence[Connection[Any, Any]]
) -> _Worker:
    """Fork a process that does some of the jobs; ``work`` need not be picklable."""
    context = multiprocessing.get_context("fork")
    results, outlet = context.Pipe(duplex=False)
    ends = [*before, results]
    process = context.Process(target=_serve, args=(work, jobs, outlet, ends), daemon=True)
    with warnings.catch_warnings():
        # Python warns of forks with running threads, whose locks stay locked in the child. It
        # takes none of them: it only calls Pillow, NumPy, the data set, and one-threaded torch.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    outlet.close()
    return _Worker(process, results)


def _serve(
    work: Callable[[int], Result],
    jobs: Sequence[int],
    outlet: Connection[Any, Any],
    ends: Sequence[Connection[Any, Any]],
) -> None:
    """Run the jobs in the child process until one fails or nobody takes the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent handles it
    for end in ends:  # so that the pipe breaks when the parent has ended
        end.close()
    if "torch" in sys.modules:  # a data set may use torch, whose threads are not forked
        sys.modules["torch"].set_num_threads(1)
    with suppress(BrokenPipeError):
        for job in jobs:
            try:
                result = True, work(job)
            except Exception as error:
                log.debug("in a process that decodes images:", exc_info=True)
                outlet.send((False, _portable(error)))
                return
            outlet.send(result)


def _portable(error: Exception) -> Exception:
    """Return the error if it survives pickling, otherwise a RenderError with the same message."""
    with suppress(Exception):
        copy = pickle.loads(pickle.dumps(error))
        if type(copy) is type(error) and str(copy) == str(error):
            return error
    return RenderError(describe(error))
