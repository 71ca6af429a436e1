"""Work shared between copies of this process: each takes the next job until none is left.

Copies, since they share the memory of a large manifest. The numbers of the jobs stand in a file in
memory that all read from one after another: who reads one does it. So nobody waits for anybody, and
no lock outlives a process that is killed.
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
    """How many copies of this process may work beside it: one for each further core, or none.

    Only Linux copies a process well, and only one that no thread but ours runs in. torch keeps
    threads; where it was loaded filters were rendered, which took many times as long.
    """
    if sys.platform != "linux" or threading.active_count() > 1 or "torch" in sys.modules:
        return 0
    return len(os.sched_getaffinity(0)) - 1


def shared(
    jobs: Sequence[Job],
    first: Job,
    told: Callable[[], Any],
    copies: int,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
) -> list[Any]:
    """Does ``first`` here and every job once, here or in a copy of this process.

    Without copies the jobs are done in their order, by whatever system runs this.

    :param told: what each copy hands back after its last job.
    :param apart: what has to be let go of while the process is copied.
    :returns: what the copies told.
    :raises SiteError: a copy was killed; and whatever a job raises, in whichever process.
    """
    if not copies:
        for job in (first, *jobs):
            job()
        return []
    with _Queue.of(range(len(jobs))) as queue:
        crew = _crew(min(copies, len(jobs)), closed_for_fork, queue, jobs, told)
        try:
            first()
            _work(queue, jobs)
            return [copy.told() for copy in crew]
        finally:
            queue.clear()
            for copy in crew:
                copy.end()


def _work(queue: _Queue, jobs: Sequence[Job]) -> None:
    for number in queue:
        jobs[number]()


@dataclass(frozen=True)
class _Queue:
    """Numbers, each of which is taken once, by whichever process comes first."""

    file: int

    @classmethod
    @contextmanager
    def of(cls, numbers: Iterable[int]) -> Iterator[_Queue]:
        """A queue that is there within; copies of the process share the place in its file."""
        file = os.memfd_create("jobs")
        try:
            os.write(file, b"".join(map(NUMBER.pack, numbers)))
            os.lseek(file, 0, os.SEEK_SET)
            yield cls(file)
        finally:
            os.close(file)

    def __iter__(self) -> Iterator[int]:
        while taken := os.read(self.file, NUMBER.size):
            yield NUMBER.unpack(taken)[0]

    def clear(self) -> None:
        """Leaves nothing to do: for those that still work."""
        os.lseek(self.file, 0, os.SEEK_END)


@dataclass
class _Copy:
    """Another process, and where it tells what came of its work."""

    process: int
    source: int
    running: bool = True

    def told(self) -> Any:
        """What it hands back; raises what it raised."""
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
        """Ends it, if it still runs, and forgets it."""
        os.close(self.source)
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGTERM)
            self._wait()

    def _wait(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)
        self.running = False


def _crew(
    count: int,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
    queue: _Queue,
    jobs: Sequence[Job],
    told: Callable[[], Any],
) -> list[_Copy]:
    """Copies of this process, which are at work."""
    crew: list[_Copy] = []
    parent, sink = os.getpid(), -1
    with closed_for_fork() if count else nullcontext():
        for _ in range(count):
            source, sink = os.pipe()
            process = os.fork()
            if not process:
                break  # a copy: out of here, and to work
            os.close(sink)
            crew.append(_Copy(process, source))
    if os.getpid() != parent:
        _serve(sink, queue, jobs, told)
    return crew


def _serve(sink: int, queue: _Queue, jobs: Sequence[Job], told: Callable[[], Any]) -> NoReturn:
    """All that a copy does: it works, tells what came of it, and ends without looking back."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(sink, "wb") as file:
            file.write(_answer(queue, jobs, told))
    finally:
        os._exit(0)


def _answer(queue: _Queue, jobs: Sequence[Job], told: Callable[[], Any]) -> bytes:
    try:
        _work(queue, jobs)
        return pickle.dumps((None, told()))
    except BaseException as error:
        queue.clear()  # so that the others come to an end, too
        return _portable(error)


def _portable(error: BaseException) -> bytes:
    """An error for the parent: as it is where it can be sent, else in words."""
    error.add_note(traceback.format_exc())
    try:
        data = pickle.dumps((error, None))
        pickle.loads(data)
    except Exception:
        return pickle.dumps((RuntimeError(f"{type(error).__name__}: {error}"), None))
    return data
