"""Processes that encode pictures for this one, which meanwhile does something else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

from convatlas.errors import RenderError
from convatlas.forked import Forked, Pipe, forked, may_fork
from convatlas.images.loading import portable

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class HelperLost(RenderError):
    """A helper was killed, and with it what it was doing."""


class Helpers:
    """Processes that do tasks, in the order in which they are submitted.

    A thread for each passes on what is asked and answered, so tasks, items and results have to be
    picklable. Where no process can be forked, the threads do the tasks.
    """

    def __init__(self, count: int, *, processes: bool = True) -> None:
        """Start ``count`` processes if they can be forked and are wanted, and as many threads."""
        self._forked: list[Forked] = []
        if processes and may_fork():
            self._fork(count)
        self._idle: SimpleQueue[Forked] = SimpleQueue()
        for each in self._forked:
            self._idle.put(each)
        self._threads = ThreadPoolExecutor(count)

    def _fork(self, count: int) -> None:
        try:
            for _ in range(count):
                self._forked.append(forked(_serve, self._forked, duplex=True))
        except OSError as error:
            log.info("pictures are encoded without further processes: %s", error.strerror)
            self._stop()
            self._forked.clear()

    def submit(self, task: Callable[[Item], Result], items: Iterable[Item]) -> list[Future[Result]]:
        """Have a task done for each item; the futures raise what it raises.

        If a process is killed, its future raises ``HelperLost``.
        """
        if not self._forked:
            return [self._threads.submit(task, item) for item in items]
        return [self._threads.submit(self._asked, task, item) for item in items]

    def _asked(self, task: Callable[[Item], Result], item: Item) -> Result:
        helper = self._idle.get()
        try:
            helper.pipe.send((task, item))
            failure, result = helper.pipe.recv()
        except (EOFError, OSError):
            how = helper.ending()
            remedy = "free some memory and build again" if "killed" in how else "build again"
            raise HelperLost(f"a process that encoded pictures {how}; {remedy}") from None
        finally:
            self._idle.put(helper)
        if failure is not None:
            raise failure
        answer: Result = result
        return answer

    def close(self) -> None:
        """End all processes; what is not done is given up."""
        for each in self._forked:
            each.process.kill()  # which ends what their threads are waiting for
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._stop()

    def _stop(self) -> None:
        for each in self._forked:
            each.stop()


def _serve(pipe: Pipe) -> None:
    """Do tasks in a helper until nobody asks for more."""
    with suppress(EOFError, OSError):
        while True:
            task, item = pipe.recv()
            try:
                result = task(item)
            except Exception as error:
                log.debug("in a process that encodes pictures:", exc_info=True)
                pipe.send((portable(error), None))
            else:
                pipe.send((None, result))
