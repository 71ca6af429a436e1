"""Forked copies of this process, which render side by side on the cores of a CPU.

They render what one thread renders anyway. Several batches side by side keep the cores busier than
threads that share every operation, and wait for nobody where other programs want the cores, too.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait

import torch

from convatlas.forked import Forked, Pipe, forked, may_fork
from convatlas.lenses.base import Batch, Failed, Lens, Piece, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.rendering.distribute import Distribution, Part
from convatlas.rendering.executors import LocalExecutor, Task, context_of
from convatlas.rendering.messages import Answer, Expected, Lost, Reply, Source, Study
from convatlas.rendering.worker import Worker

log = logging.getLogger("convatlas.render")

FEW = 5
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
        workers = self._workers(context, lens, parts)
        if workers is None:
            here = [*apart, *here]
        else:
            with closing(workers):
                yield from Distribution(workers, task, deque(map(Part.of, parts))).finished()
        yield from LocalExecutor(self.opened).render(task, here)

    def _workers(
        self, context: RenderContext, lens: Lens, parts: Sequence[Piece]
    ) -> ForkedWorkers | None:
        """Return copies for parts of pieces; None where this process does better alone."""
        count = min(self.threads, len(parts))
        if count < 2 or sum(map(len, parts)) < FEW or not copies_can_render():
            return None
        lens.prepare(context)
        try:
            return ForkedWorkers(context, lens.name, count)
        except OSError as error:
            log.info("rendered without further processes: %s", error.strerror)
            return None


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


def copies_can_render() -> bool:
    """Return whether this process can be forked so that gradients can be computed in copies.

    They cannot where torch may have started threads for a GPU.
    """
    return may_fork() and not torch.cuda.is_available()


@dataclass
class _Copy:
    """A copy of this process; ``asked`` is whether it has a piece."""

    forked: Forked
    asked: bool = False


@dataclass
class ForkedWorkers:
    """Copies of this process, forked with all that a lens renders from."""

    context: RenderContext
    lens: str
    size: int
    device: str = "cpu"
    _copies: list[_Copy] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            for _ in range(self.size):
                self._copies.append(self._copied())
        except OSError:
            self.close()
            raise

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
            copy.forked.pipe.send(piece)

    def more(self, worker: int) -> None:
        """Do nothing: copies go on with their piece."""

    def wait(self) -> tuple[int, Reply]:
        """Wait until a copy has an answer or has died; return which, and its reply."""
        pipes = {copy.forked.pipe: number for number, copy in enumerate(self._copies) if copy.asked}
        pipe = wait(list(pipes))[0]
        number = pipes[pipe]  # type: ignore[index]
        copy = self._copies[number]
        try:
            answer: Answer = copy.forked.pipe.recv()
        except (EOFError, OSError):
            reason = f"it {copy.forked.ending()}"
            copy.forked.stop()
            self._copies[number] = self._copied()
            return number, Lost(reason)
        copy.asked = answer.finished is not None
        return number, answer

    def close(self) -> None:
        """End all copies."""
        for copy in self._copies:
            copy.forked.stop()

    def _copied(self) -> _Copy:
        return _Copy(forked(self._serve, [copy.forked for copy in self._copies], duplex=True))

    def _serve(self, pipe: Pipe) -> None:
        """Render pieces in a copy until nobody takes the answers; what is logged goes along."""
        worker = Worker(logging.getLogger("convatlas").getEffectiveLevel())
        worker.adopt(self.context, self.lens)
        with suppress(EOFError, OSError):
            while True:
                answer = worker.begin(None, {}, pipe.recv())
                pipe.send(answer)
                while answer.finished is not None:
                    answer = worker.more()
                    pipe.send(answer)
