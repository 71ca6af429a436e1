"""Distribute pieces among workers, some of which may die."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from convatlas.lenses.base import Batch, Failed, Piece
from convatlas.lenses.registry import lens_of
from convatlas.model.records import RecordRequest
from convatlas.rendering.executors import Task
from convatlas.rendering.messages import Answer, Expected, Lost, Reply, Source, Study, requests_of

log = logging.getLogger("convatlas.render")

RETRIES = 3
"""How often the rest of a piece is given to another worker, where they die before anything more is
finished."""
SHARES = 8
"""How many parts a worker gets of what can be cut anywhere; with more, none waits long at the end.
"""
LEAST = 32
"""How many requests a part has at least, because small batches are slow."""


class WorkerPool(Protocol):
    """Workers by number; one that has died is replaced under its number."""

    @property
    def size(self) -> int:
        """How many workers there are."""
        ...

    @property
    def device(self) -> str:
        """Where they compute: "cpu" or "cuda"."""
        ...

    def use(self, source: Source, expected: Expected) -> None:
        """Let all workers open a network, unless it is the one that they have."""
        ...

    def free(self) -> Sequence[int]:
        """Return the workers that have opened the network and have nothing to do."""
        ...

    def begin(
        self, worker: int, study: Study | None, pictures: Mapping[str, bytes], piece: Piece
    ) -> None:
        """Give a free worker a piece, as ``Worker.begin`` takes it."""
        ...

    def more(self, worker: int) -> None:
        """Let a free worker go on with its piece."""
        ...

    def wait(self) -> tuple[int, Reply]:
        """Wait until a worker is ready, has an answer or is lost; return which, and its reply.

        Raises:
            ClusterError: there are no workers, or they cannot render for this network.
        """
        ...


@dataclass(frozen=True)
class PoolExecutor:
    """Renders for one network with the workers of a pool, which open it for themselves."""

    pool: WorkerPool
    source: Source
    expected: Expected

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """Yield batches and failures in the order in which workers finish them.

        Raises:
            ClusterError: the workers cannot be used any more.
        """
        self.pool.use(self.source, self.expected)
        parts = cut(task.lens, list(pieces), self.pool.size)
        return Distribution(self.pool, task, deque(map(Part.of, parts))).finished()


def cut(lens: str, pieces: Sequence[Piece], workers: int) -> Iterator[Piece]:
    """Yield the pieces, cut further if the lens allows it and workers would wait for others."""
    total = sum(map(len, pieces))
    most = max(LEAST, math.ceil(total / (workers * SHARES))) if lens_of(lens).divisible else total
    for piece in pieces:
        for start in range(0, len(piece), most):
            yield piece[start : start + most]


@dataclass
class Part:
    """The unfinished requests of a piece, by key."""

    requests: dict[str, RecordRequest]
    lost: int = 0  # how many workers have died with it since something was finished

    @classmethod
    def of(cls, piece: Piece) -> Part:
        """Return the part for a piece of which nothing is finished."""
        return cls({request.key: request for request in piece})

    def settle(self, finished: Batch | Failed) -> None:
        """Leave out what is finished."""
        self.lost = 0
        for request in requests_of(finished):
            self.requests.pop(request.key, None)


@dataclass
class Distribution:
    """The pieces of one task, on their way through the workers."""

    pool: WorkerPool
    task: Task
    waiting: deque[Part]
    running: dict[int, Part] = field(default_factory=dict)
    informed: set[int] = field(default_factory=set)
    """The workers that know what the lens reads."""

    def finished(self) -> Iterator[Batch | Failed]:
        """Yield what is finished until nothing is left.

        Raises:
            ClusterError: the workers cannot be used any more.
        """
        while self.waiting or self.running:
            self._assign()
            worker, reply = self.pool.wait()
            if isinstance(reply, Lost):
                yield from self._lost(worker, reply.reason)
            elif isinstance(reply, Answer):
                yield from self._answered(worker, reply)

    def _assign(self) -> None:
        """Give waiting parts to free workers."""
        for worker in self.pool.free():
            if self.waiting and worker not in self.running:
                part = self.waiting.popleft()
                self.running[worker] = part
                study = None if worker in self.informed else self._study()
                self.informed.add(worker)
                piece = list(part.requests.values())
                self.pool.begin(worker, study, self._pictures(piece), piece)

    def _study(self) -> Study:
        return Study(self.task.lens, self.task.records)

    def _pictures(self, piece: Piece) -> Mapping[str, bytes]:
        """Return the stored pictures that a piece is rendered from."""
        lens = lens_of(self.task.lens)
        wanted = {digest for request in piece for digest in lens.pictures(request)}
        return {digest: self.task.pictures[digest] for digest in sorted(wanted)}

    def _answered(self, worker: int, answer: Answer) -> Iterator[Batch | Failed]:
        for record in answer.logged:
            logging.getLogger(record.name).handle(record)
        part = self.running.get(worker)
        if part is None:  # it belonged to a task that was given up
            return
        if answer.finished is None:
            del self.running[worker]
            return
        part.settle(answer.finished)
        self.pool.more(worker)
        yield answer.finished

    def _lost(self, worker: int, reason: str) -> Iterator[Failed]:
        """Put the rest of a lost worker's part back; fail it if that was done often enough."""
        self.informed.discard(worker)
        part = self.running.pop(worker, None)
        if part is None or not part.requests:
            return
        part.lost += 1
        if part.lost <= RETRIES:
            log.info("a worker has died (%s); others render the rest of its piece", reason)
            self.waiting.appendleft(part)
        else:
            often = f"{part.lost} workers have died with it"
            yield Failed(list(part.requests.values()), f"{self.task.lens}: {often} ({reason})")
