"""Where pictures are encoded: at once on a CPU, and behind a device that goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import torch

from convatlas.images.helpers import Helpers
from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize.in_turn import Waiting
from convatlas.network.device import reproducible

Item = TypeVar("Item")
Result = TypeVar("Result")

FEW = 64
"""With fewer pictures than this, threads finish before processes have started."""


class Encoders(Protocol):
    """Do tasks that need no device."""

    def submit(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Sequence[Future[Result]]:
        """Have a task done for each item."""
        ...


class AtOnce:
    """Encodes all that is submitted before anything else goes on."""

    def submit(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Sequence[Future[Result]]:
        """Do a task for each item; threads help because codecs release the GIL."""
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            return [pool.submit(task, item) for item in items]


def done(futures: Sequence[Future[Result]]) -> Generator[Waiting, None, list[Result]]:
    """Wait for results, while others may go on, and return them."""
    waiting = Waiting(futures)
    while not waiting.over:
        yield waiting
    return [future.result() for future in futures]


@contextmanager
def encoders_for(context: RenderContext, pictures: int) -> Iterator[Encoders]:
    """Have encoders that suit the device and the number of pictures.

    On a CPU, all cores optimise, and nothing is gained by encoding on one of them meanwhile. A
    device needs one core at most: the others encode one batch while it optimises the next. They
    are processes, because threads would take turns with the one that launches the device's work.
    """
    if reproducible(context.device):
        yield AtOnce()
        return
    helpers = Helpers(torch.get_num_threads(), processes=pictures >= FEW)
    try:
        yield helpers
    finally:
        helpers.close()
