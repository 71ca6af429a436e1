"""Forked copies of this process, which render side by side on the cores of a CPU.

They render what one thread renders anyway. Several batches side by side keep the cores busier than
threads that share every operation, and wait for nobody where other programs want the cores, too.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import torch

from convatlas.lenses.base import Batch, Failed, Piece, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.rendering.distribute import Distribution, Part
from convatlas.rendering.executors import LocalExecutor, Task, context_of
from convatlas.rendering.messages import Answer, Expected, Lost, Reply, Source, Study
from convatlas.rendering.worker import Worker

log = logging.getLogger("convatlas.render")

FEW = 16
"""With fewer requests than this, processes have hardly started when all is done."""

PART = 32
"""About how many requests a process takes at once."""


@dataclass(frozen=True)
class ForkExecutor:
    """Renders in copies of this process where that is quicker, and else in this process."""

    opened: RenderContext
    threads: int  # of this process, or copies with one each

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """Yield batches and failures in the order in which they are finished."""
        context, lens = context_of(self.opened, task), lens_of(task.lens)
        apart, here = partition(lambda piece: lens.one_thread(context, piece), pieces)
        parts = [part for piece in apart for part in cut(piece, lens.batch(context, piece))]
        count = min(self.threads, len(parts))
        if count < 2 or sum(map(len, parts)) < FEW or not may_fork():
            here, parts = [*apart, *here], []
        if parts:
            lens.prepare(context)
            with closing(ForkPool(context, task.lens, count)) as pool:
                yield from Distribution(pool, task, deque(map(Part.of, parts))).finished()
        yield from LocalExecutor(self.opened).render(task, here)


def partition(
    which: Callable[[Piece], bool], pieces: Iterable[Piece]
) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces of which something is true, and the others."""
    found: tuple[list[Piece], list[Piece]] = [], []
    for piece in pieces:
        found[not which(piece)].append(piece)
    return found


def with_threads(count: int | None) -> int:
    """Let torch compute with so many threads, if a number is given; return how many it has."""
    if count is not None:
        torch.set_num_threads(count)
    return torch.get_num_threads()


def cut(piece: Piece, batch: int) -> Iterator[Piece]:
    """Yield parts of a piece, of as many whole batches as come near to the size of a part."""
    size = max(1, PART // batch) * batch
    for start in range(0, len(piece), size):
        yield piece[start : start + size]


def may_fork() -> bool:
    """Return whether this process can be forked.

    That is safe on Linux only, forbidden for daemons, and would break gradients where torch has
    started threads for a GPU.
    """
    if sys.platform != "linux" or multiprocessing.current_process().daemon:
        return False
    return not torch.cuda.is_available()


@dataclass
class _Copy:
    """A forked process; ``asked`` is whether it has a piece."""

    process: BaseProcess
    pipe: Connection[Any, Any]
    asked: bool = False

    def reason(self) -> str:
        """Say how it has ended."""
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            return f"it was killed ({signal.Signals(-code).name}), as happens when memory runs out"
        return f"it ended by itself (code {code})"

    def stop(self) -> None:
        """Kill the process, whatever it is doing: it only reads."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


@dataclass
class ForkPool:
    """Copies of this process, forked with all that a lens renders from."""

    context: RenderContext
    lens: str
    size: int
    device: str = "cpu"
    _copies: list[_Copy] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.size):
            self._copies.append(self._forked())

    def use(self, source: Source, expected: Expected) -> None:
        """Do nothing: copies have the network."""

    def free(self) -> Sequence[int]:
        """Return the copies that have nothing to do."""
        return [number for number, copy in enumerate(self._copies) if not copy.asked]

    def begin(
        self, worker: int, study: Study | None, pictures: Mapping[str, bytes], piece: Piece
    ) -> None:
        """Give a free copy a piece; what it is rendered from it has."""
        copy = self._copies[worker]
        copy.asked = True
        with suppress(OSError):  # it has died, which is told when it is waited for
            copy.pipe.send(piece)

    def more(self, worker: int) -> None:
        """Do nothing: copies go on with their piece."""

    def wait(self) -> tuple[int, Reply]:
        """Wait until a copy has an answer or has died; return which, and its reply."""
        pipes = {copy.pipe: number for number, copy in enumerate(self._copies) if copy.asked}
        pipe = wait(list(pipes))[0]
        number = pipes[pipe]  # type: ignore[index]
        copy = self._copies[number]
        try:
            answer: Answer = copy.pipe.recv()
        except (EOFError, OSError):
            reason = copy.reason()
            self._copies[number] = self._forked()
            return number, Lost(reason)
        copy.asked = answer.finished is not None
        return number, answer

    def close(self) -> None:
        """End all copies."""
        for copy in self._copies:
            copy.stop()

    def _forked(self) -> _Copy:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        ends = [copy.pipe for copy in self._copies] + [ours]
        process = context.Process(target=self._serve, args=(theirs, ends), daemon=True)
        with warnings.catch_warnings():
            # Python warns of forks with running threads, whose locks stay locked in the copy. It
            # takes none of them: it computes with one thread, and what it logs is sent here.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        return _Copy(process, ours)

    def _serve(self, pipe: Connection[Any, Any], ends: Sequence[Connection[Any, Any]]) -> None:
        """Render pieces in a copy until nobody takes the answers."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent handles it
        for end in ends:  # so that the pipes break when the parent has ended
            end.close()
        torch.set_num_threads(1)  # the threads of the parent are not forked
        worker = Worker(logging.getLogger("convatlas").getEffectiveLevel())
        worker.adopt(self.context, self.lens)
        with suppress(EOFError, OSError):
            while True:
                answer = worker.begin(None, {}, pipe.recv())
                pipe.send(answer)
                while answer.finished is not None:
                    answer = worker.more()
                    pipe.send(answer)
