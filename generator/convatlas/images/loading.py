"""Pictures decoded ahead of the device, by other processes where that is worth it."""

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

from convatlas.errors import RenderError, told

log = logging.getLogger(__name__)

Result = TypeVar("Result")

FEW = 64
"""Of fewer pictures than this, threads are done before processes have started."""
MOST = 8
"""More processes than this are faster than any device that waits for them."""
THREADS = 2


def load(
    indices: Sequence[int],
    make: Callable[[int], NDArray[np.uint8]],
    batch: int,
    workers: int | None = None,
) -> Generator[tuple[int, NDArray[np.uint8]], None, None]:
    """Pictures in batches [n, h, w, c], in order, each with the place in ``indices`` of its first.

    ``make`` gives the picture [h, w, c] of an index, and is called in other processes: it may be
    any closure, but what it changes is lost. ``workers`` says in how many (0: in threads of this
    one); left out, it depends on how many pictures and cores there are. Each process is at most one
    batch ahead (of the tiniest pictures, 64 KiB), so that memory does not grow with the set. Close
    the iterator, or come to its end, and no process is left.

    Raises:
        RenderError: a process was killed.
        Exception: what ``make`` raised, of the same type and with the same message.
    """
    starts = range(0, len(indices), batch)

    def stacked(start: int) -> NDArray[np.uint8]:
        return np.stack([make(index) for index in indices[start : start + batch]])

    count = suited(len(indices)) if workers is None else workers
    with closing(_ahead(stacked, starts, count)) as batches:
        yield from zip(starts, batches, strict=True)


def suited(pictures: int) -> int:
    """How many processes to decode a number of pictures in; 0: none but this one."""
    if pictures < FEW:
        return 0
    return max(1, min(MOST, _cores() // 2))


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ahead(
    work: Callable[[int], Result], jobs: Sequence[int], workers: int
) -> Generator[Result, None, None]:
    """What comes of each job, in order, while the next ones are under way."""
    count = min(workers, len(jobs))
    if count and _may_fork():
        return _in_processes(work, jobs, count)
    return _in_threads(work, jobs)


def _may_fork() -> bool:
    """Whether this process can be doubled: only Linux does so safely, and no daemon may."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def _in_threads(
    work: Callable[[int], Result], jobs: Sequence[int]
) -> Generator[Result, None, None]:
    """Pillow decodes without holding the interpreter's lock, so that threads are of some use."""
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
    """A process that does its jobs one by one, waiting after each until its result is taken."""

    process: BaseProcess
    results: Connection[Any, Any]

    def take(self) -> Any:
        """The next result.

        Raises:
            RenderError: the process has ended before its time.
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
        """End the process, whatever it is doing: it only reads."""
        self.results.close()
        self.process.kill()
        self.process.join()


def _in_processes(
    work: Callable[[int], Result], jobs: Sequence[int], count: int
) -> Generator[Result, None, None]:
    """Job n is done by process n modulo their number, so that each knows its jobs beforehand.

    A pipe holds but 64 KiB, hence each process waits with its batch until it is taken. Unlike
    torch's DataLoader and ``concurrent.futures``, this needs no queues, threads or shared memory,
    wraps no error, and leaves no process behind when this one is killed.
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
    """Start so many processes; False where the system allows no more."""
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
    """A copy of this process, in which ``work`` need not be pickled, that does some jobs."""
    context = multiprocessing.get_context("fork")
    results, outlet = context.Pipe(duplex=False)
    ends = [*before, results]
    process = context.Process(target=_serve, args=(work, jobs, outlet, ends), daemon=True)
    with warnings.catch_warnings():
        # Python warns of forks beside threads, whose locks stay locked in the copy. It takes none
        # of theirs: it calls but Pillow, NumPy and the data set, and torch with a single thread.
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
    """Do the jobs until one fails or nobody takes the results; runs in the process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process decides
    for end in ends:  # so that the pipe breaks when the first process has gone
        end.close()
    if "torch" in sys.modules:  # a data set may use it; its threads did not come along
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
    """The error, if it comes out of a pipe as it went in; else one of ours that says the same."""
    with suppress(Exception):
        copy = pickle.loads(pickle.dumps(error))
        if type(copy) is type(error) and str(copy) == str(error):
            return error
    return RenderError(told(error))
