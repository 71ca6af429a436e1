"""Decode pictures ahead of the device, in other processes if that is worthwhile."""

from __future__ import annotations

import logging
import pickle
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convatlas.cores import cores
from convatlas.errors import RenderError, describe
from convatlas.forked import Forked, Pipe, forked, may_fork

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
    if count and may_fork():
        return _in_processes(work, jobs, count)
    return _in_threads(work, jobs)


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


def _taken(worker: Forked) -> Any:
    """Return a process's next result; it waits after each until that is taken.

    Raises:
        RenderError: the process has ended early.
        Exception: what the job raised.
    """
    try:
        sound, value = worker.pipe.recv()
    except (EOFError, OSError):
        how = worker.ending()
        remedy = "free some memory and build again" if "killed" in how else "build again"
        raise RenderError(f"a process that decoded images {how}; {remedy}") from None
    if not sound:
        raise value
    return value


def _in_processes(
    work: Callable[[int], Result], jobs: Sequence[int], count: int
) -> Generator[Result, None, None]:
    """Run job n in process n modulo ``count``, so that each process knows its jobs in advance.

    A pipe holds only 64 KiB, so each process waits with its batch until it is taken. Unlike torch's
    DataLoader and ``concurrent.futures``, this needs no queues, threads or shared memory, wraps no
    exceptions, and leaves no process behind when this one is killed.
    """
    crew: list[Forked] = []
    try:
        if not _hire(crew, work, jobs, count):
            yield from _in_threads(work, jobs)
            return
        for place in range(len(jobs)):
            yield _taken(crew[place % count])
    finally:
        for each in crew:
            each.stop()


def _hire(
    crew: list[Forked], work: Callable[[int], Result], jobs: Sequence[int], count: int
) -> bool:
    """Start ``count`` processes; return False if the system does not allow so many."""
    try:
        for number in range(count):
            crew.append(_fork(work, jobs[number::count], crew))
    except OSError as error:
        log.info("images are decoded without further processes: %s", error.strerror)
        return False
    return True


def _fork(work: Callable[[int], Result], jobs: Sequence[int], before: Sequence[Forked]) -> Forked:
    """Fork a process that does some of the jobs; ``work`` need not be picklable."""
    return forked(partial(_serve, work, jobs), before, duplex=False)


def _serve(work: Callable[[int], Result], jobs: Sequence[int], outlet: Pipe) -> None:
    """Run the jobs in the child process until one fails or nobody takes the results."""
    with suppress(BrokenPipeError):
        for job in jobs:
            try:
                result = True, work(job)
            except Exception as error:
                log.debug("in a process that decodes images:", exc_info=True)
                outlet.send((False, portable(error)))
                return
            outlet.send(result)


def portable(error: Exception) -> Exception:
    """Return the error if it survives pickling, otherwise a RenderError with the same message."""
    with suppress(Exception):
        copy = pickle.loads(pickle.dumps(error))
        if type(copy) is type(error) and str(copy) == str(error):
            return error
    return RenderError(describe(error))
