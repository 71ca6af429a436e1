"""Let a task go on while the one before it waits for what is done elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

TOGETHER = 2
"""How many tasks run: one that uses the device, and the one before, whose results are encoded."""


class Awaited(Protocol):
    """What a task waits for: a future of any type."""

    def done(self) -> bool:
        """Return whether it has ended."""
        ...

    def exception(self) -> BaseException | None:
        """Wait until it has ended."""
        ...


@dataclass(frozen=True)
class Waiting:
    """What a task yields where others may go on until some results are there.

    Without futures, it says that a task could go on, but that an earlier one comes first.
    """

    futures: Sequence[Awaited] = ()

    @property
    def over(self) -> bool:
        """Whether all results are there."""
        return self._last is None

    def wait(self) -> None:
        """Wait until all results are there, or nearly."""
        last = self._last
        if last is not None:
            last.exception()

    @property
    def _last(self) -> Awaited | None:
        """The last of the futures that is not done: they are done about in their order."""
        return next((future for future in reversed(self.futures) if not future.done()), None)


@dataclass
class Background(Generic[Result]):
    """A part of a task that waits now and then; ``result`` is None until it is finished."""

    steps: Generator[Waiting, None, Result]
    waiting: Waiting = Waiting()
    result: Result | None = None

    def go_on(self) -> None:
        """Go on as far as possible without waiting."""
        try:
            while self.result is None and self.waiting.over:
                self.waiting = next(self.steps)
        except StopIteration as end:
            self.result = end.value


@dataclass
class _Running(Generic[Item]):
    """A task that has begun, and what it has yielded that was not passed on."""

    steps: Iterator[Item | Waiting]
    waiting: Waiting = Waiting()
    items: deque[Item] = field(default_factory=deque)
    ended: bool = False

    @property
    def able(self) -> bool:
        return not self.ended and self.waiting.over

    def go_on(self) -> None:
        """Go on until the task yields something or ends."""
        for item in self.steps:
            if isinstance(item, Waiting):
                self.waiting = item
            else:
                self.items.append(item)
            return
        self.ended = True


def in_turn(tasks: Iterable[Iterator[Item | Waiting]]) -> Iterator[Item]:
    """Yield what tasks yield, in their order; while one waits, the next goes on."""
    coming, running = iter(tasks), deque[_Running[Item]]()
    while True:
        while running and not running[0].ended:
            yield from _taken(running[0].items)
            able = next((task for task in running if task.able), None)
            if able is not None:
                able.go_on()
            elif not _begun(coming, running):
                wait_for(running[0])
        if running:
            yield from _taken(running.popleft().items)
        elif not _begun(coming, running):
            return


def _taken(items: deque[Item]) -> Iterator[Item]:
    while items:
        yield items.popleft()


def _begun(coming: Iterator[Iterator[Item | Waiting]], running: deque[_Running[Item]]) -> bool:
    """Begin the next task; return False if there is none, or if enough are running."""
    task = next(coming, None) if len(running) < TOGETHER else None
    if task is not None:
        running.append(_Running(task))
    return task is not None


def wait_for(task: _Running[Item]) -> None:
    """Wait until a task can go on; the device has nothing to do meanwhile."""
    task.waiting.wait()
