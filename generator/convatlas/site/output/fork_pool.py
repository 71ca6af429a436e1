"""Jobs shared between forked copies of this process: each takes the next until none is left.

Forked processes share the memory of a large manifest. The queue is an in-memory file of job numbers
with a shared file offset: reading a number takes the job. A record lock makes each reading atomic,
since Linux does not for in-memory files, and ends with the process that holds it.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from convatlas.errors import SiteError

Job = Callable[[], object]

NUMBER = struct.Struct("<I")


def helpers() -> int:
    """Return how many copies of this process may help it: one for each further core, or none.

    Forking is only safe on Linux, and only in a process without other threads. torch keeps threads;
    if it is loaded, filters were rendered, which took many times as long as making pages.
    """
    forks = sys.platform == "linux" and hasattr(os, "fork")
    if not forks or threading.active_count() > 1 or "torch" in sys.modules:
        return 0
    return len(os.sched_getaffinity(0)) - 1


def shared(
    jobs: Sequence[Job],
    first: Job,
    result: Callable[[], Any],
    copies: int,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
) -> list[Any]:
    """Run ``first`` in this process, and every job once in this process or in a copy of it.

    Without copies the jobs run in order, on any system.

    Args:
        result: called in each copy after its last job; its value has to be picklable.
        copies: the number of copies, see ``helpers``.
        closed_for_fork: releases resources while the process is forked.

    Returns:
        The results of the copies.

    Raises:
        SiteError: a copy was killed.
        BaseException: whatever a job raises, in any process.
    """
    if not copies:
        for job in (first, *jobs):
            job()
        return []
    with _Queue.of(range(len(jobs))) as queue:
        workers = _fork(min(copies, len(jobs)), closed_for_fork, queue, jobs, result)
        try:
            first()
            _run_jobs(queue, jobs)
            return [worker.result() for worker in workers]
        finally:
            queue.clear()
            for worker in workers:
                worker.end()


def _run_jobs(queue: _Queue, jobs: Sequence[Job], parent: int | None = None) -> None:
    """Run the jobs that this process gets, as long as its parent lives, if it has one."""
    for number in queue:
        if parent is not None and os.getppid() != parent:
            return
        jobs[number]()


@dataclass(frozen=True)
class _Queue:
    """Numbers, each of which is taken once, by the first process that asks."""

    file: int
    lock: int  # another in-memory file, whose offset stays where it is

    @classmethod
    @contextmanager
    def of(cls, numbers: Iterable[int]) -> Iterator[_Queue]:
        """Open a queue for a ``with`` block; forked copies share its file offset."""
        file, lock = os.memfd_create("jobs"), os.memfd_create("lock")
        try:
            os.write(file, b"".join(map(NUMBER.pack, numbers)))
            os.lseek(file, 0, os.SEEK_SET)
            yield cls(file, lock)
        finally:
            os.close(file)
            os.close(lock)

    def __iter__(self) -> Iterator[int]:
        while taken := self._take():
            yield NUMBER.unpack(taken)[0]

    def clear(self) -> None:
        """Empty the queue, so that all processes stop after their current job."""
        with self._locked():
            os.lseek(self.file, 0, os.SEEK_END)

    def _take(self) -> bytes:
        with self._locked():
            return os.read(self.file, NUMBER.size)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep the other processes from the file offset for a ``with`` block."""
        os.lockf(self.lock, os.F_LOCK, 0)
        try:
            yield
        finally:
            os.lockf(self.lock, os.F_ULOCK, 0)


@dataclass
class _Worker:
    """A forked copy of this process; ``source`` is the pipe that its result comes through."""

    process: int
    source: int
    running: bool = True

    def result(self) -> Any:
        """Wait for the copy, and return its result or raise its error.

        Raises:
            SiteError: it was killed.
        """
        with os.fdopen(os.dup(self.source), "rb") as file:
            data = file.read()
        self._wait()
        if not data:
            raise SiteError(
                "a process that made pages was ended from outside, most likely for want of memory; "
                "free some and build again"
            )
        error, value = pickle.loads(data)
        if error is not None:
            raise error
        return value

    def end(self) -> None:
        """Terminate the copy if it is still running, and close its pipe."""
        os.close(self.source)
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGTERM)
            self._wait()

    def _wait(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)
        self.running = False


def _fork(
    count: int,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
    queue: _Queue,
    jobs: Sequence[Job],
    result: Callable[[], Any],
) -> list[_Worker]:
    """Fork copies of this process, which start working at once."""
    workers: list[_Worker] = []
    parent, sink = os.getpid(), -1
    with closed_for_fork() if count else nullcontext():
        for _ in range(count):
            source, sink = os.pipe()
            process = os.fork()
            if not process:
                break  # this is a copy: leave the with block, then work
            os.close(sink)
            workers.append(_Worker(process, source))
    if os.getpid() != parent:
        _run_copy(parent, sink, queue, jobs, result)
    return workers


def _run_copy(
    parent: int, sink: int, queue: _Queue, jobs: Sequence[Job], result: Callable[[], Any]
) -> NoReturn:
    """Do everything that a copy does: run jobs, send the result, and exit without cleanup."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(sink, "wb") as file:
            file.write(_pickled_result(parent, queue, jobs, result))
    finally:
        os._exit(0)


def _pickled_result(
    parent: int, queue: _Queue, jobs: Sequence[Job], result: Callable[[], Any]
) -> bytes:
    try:
        _run_jobs(queue, jobs, parent)
        return pickle.dumps((None, result()))
    except BaseException as error:
        queue.clear()  # so that the other processes stop, too
        return _pickled_error(error)


def _pickled_error(error: BaseException) -> bytes:
    """Pickle an error for the parent, as a RuntimeError with its message if need be."""
    error.add_note(traceback.format_exc())
    try:
        data = pickle.dumps((error, None))
        pickle.loads(data)
    except Exception:
        return pickle.dumps((RuntimeError(f"{type(error).__name__}: {error}"), None))
    return data
