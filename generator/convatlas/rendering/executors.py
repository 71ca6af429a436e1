"""Where the pieces of a lens's work are rendered: so far in this process alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from convatlas.lenses.base import Batch, Failed, Piece, PlanContext, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.model.record_index import RecordIndex


@dataclass(frozen=True)
class Task:
    """What is to be known of the work beside its pieces: plain data, which can be pickled.

    Where it is rendered elsewhere, the network and its images are opened there, by an
    ``opening.network_source.NetworkSource``; its ``plan`` then has to be equal to the ``context``.
    """

    context: PlanContext
    lens: str
    records: RecordIndex
    """Those of the lenses that this one reads while it renders."""


class Executor(Protocol):
    """Renders pieces, which do not need each other, wherever and in whatever order it likes."""

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """Yield what becomes of the pieces, as it is finished.

        Raises:
            Exception: as ``Lens.render``; none of what remains can be rendered.
        """
        ...


@dataclass(frozen=True)
class LocalExecutor:
    """Renders one piece after the other in this process, with an opened network."""

    opened: RenderContext

    def render(self, task: Task, pieces: Iterable[Piece]) -> Iterator[Batch | Failed]:
        """As of ``Executor``, in the order of the pieces."""
        lens = lens_of(task.lens)
        context = replace(self.opened, records=task.records)
        for piece in pieces:
            yield from lens.render(context, piece)
