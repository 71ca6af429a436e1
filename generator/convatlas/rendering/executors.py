"""Executors, which render requests: so far only in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from convatlas.lenses.base import Batch, Failed, Piece, PlanContext, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.model.record_index import RecordIndex


@dataclass(frozen=True)
class Task:
    """What an executor needs besides the pieces: plain data, which can be pickled.

    To render in another process, open the network and its images there with an
    ``opening.network_source.NetworkSource``, and check that its ``plan`` equals ``context``, except
    for ``foreign``.
    """

    context: PlanContext
    lens: str
    records: RecordIndex
    """The records of the lenses that this one reads while it renders (``Lens.reads``)."""
    pictures: Mapping[str, bytes]
    """By digest, the stored pictures that it renders from (``Lens.pictures``)."""


class Executor(Protocol):
    """Renders pieces, which are independent of each other, in any place and order."""

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """Yield the batches and failures of the pieces as they are finished.

        Raises:
            Exception: none of the remaining requests can be rendered, as in ``Lens.render``.
        """
        ...


@dataclass(frozen=True)
class LocalExecutor:
    """Renders the pieces in this process, combined, so that a lens may overlap them."""

    opened: RenderContext

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """Yield the batches and failures in the order of the pieces."""
        requests = [request for piece in pieces for request in piece]
        if requests:
            yield from lens_of(task.lens).render(context_of(self.opened, task), requests)


def context_of(opened: RenderContext, task: Task) -> RenderContext:
    """Return what a lens renders a task from."""
    return replace(opened, records=task.records, stored=task.pictures)
