"""An executor that renders in another process, which opens networks and images for itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache

from convatlas.lenses.base import Batch, Failed, Piece, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.opening.network_source import NetworkSource
from convatlas.rendering.executors import Task


class RemoteExecutor:
    """Sends pieces to the processes of a pool, the last one first."""

    def __init__(self, pool: ProcessPoolExecutor, source: NetworkSource) -> None:
        self.pool = pool
        self.source = pickle.dumps(source)

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        sent = [self.pool.submit(work, self.source, task, piece) for piece in [*pieces][::-1]]
        for each in sent:
            yield from each.result()


def work(source: bytes, task: Task, piece: Piece) -> list[Batch | Failed]:
    """What becomes of a piece, in the process that this is called in."""
    opened = replace(_opened(source), records=task.records, stored=task.pictures)
    own = replace(task.context, foreign=())
    assert opened.plan == own
    assert hash(opened.plan) == hash(own)
    return list(lens_of(task.lens).render(opened, piece))


@lru_cache
def _opened(source: bytes) -> RenderContext:
    return pickle.loads(source).open()  # type: ignore[no-any-return]
