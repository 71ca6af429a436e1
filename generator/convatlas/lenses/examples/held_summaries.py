"""Summaries of batches that are held back, to be processed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from convatlas.lenses.examples.batch_summary import BatchSummary

BATCHES = 16
"""Number of batches, of the first one's size, that are processed together."""


@dataclass
class HeldSummaries:
    """The summaries of the last images, in memory that is taken once.

    Many images at once take hardly longer than a few. If each batch left small tensors behind
    while the network's large ones come and go, memory would have more and more holes.

    Attributes:
        images: The indices of the images in the set [room].
        summary: Their summaries, of which the first ``count`` count.
        count: How many images are held.
    """

    images: NDArray[np.int64]
    summary: BatchSummary
    count: int = 0

    @classmethod
    def like(cls, summary: BatchSummary) -> HeldSummaries:
        """Return room for batches like a first one."""
        room, filters = BATCHES * len(summary), summary.position.shape[1]
        return cls(
            np.empty(room, np.int64),
            BatchSummary(
                torch.empty((5, room, filters), dtype=summary.numbers.dtype),
                torch.empty((room, filters), dtype=summary.position.dtype),
                summary.centre,
                summary.area,
            ),
        )

    def add(
        self, images: NDArray[np.int64], summary: BatchSummary
    ) -> Iterator[tuple[NDArray[np.int64], BatchSummary]]:
        """Hold a batch back, and yield what has to be processed now, as ``taken`` returns it."""
        start = 0
        while start < len(images):
            stop = start + len(self.images) - self.count
            self._hold(images[start:stop], summary.part(start, stop))
            start = stop
            if self.count == len(self.images):
                yield self.taken()

    def taken(self) -> tuple[NDArray[np.int64], BatchSummary]:
        """Return what is held, which must be used before the next batch, and hold nothing."""
        count, self.count = self.count, 0
        return self.images[:count], self.summary.part(0, count)

    def _hold(self, images: NDArray[np.int64], summary: BatchSummary) -> None:
        start, self.count = self.count, self.count + len(images)
        place = self.summary.part(start, self.count)
        self.images[start : self.count] = images
        place.numbers.copy_(summary.numbers)
        place.position.copy_(summary.position)
