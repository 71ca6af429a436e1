"""The images that excite, or inhibit, each filter of a layer most, collected as images pass by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

HEAT = 16
"""Maximum number of cells along each axis of a heat map; smaller maps keep their size."""

HELD = 0.75
"""Number of further candidates for each kept place that there is room for."""


@dataclass(frozen=True)
class Candidates:
    """Images that may be among the strongest of a filter, as arrays [candidates, ...].

    ``strengths`` are the highest responses times sign, ``positions`` flat indices into the map, and
    ``heat`` [candidates, rows, columns] the strongest response in each cell times sign, never below
    zero.
    """

    filters: NDArray[np.int64]
    images: NDArray[np.int64]
    strengths: NDArray[np.float32]
    positions: NDArray[np.int64]
    heat: NDArray[np.float32]

    @classmethod
    def room(cls, count: int, grid: tuple[int, int]) -> Candidates:
        """Return memory for so many candidates with heat maps of a size."""
        return cls(
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.float32),
            np.empty(count, np.int64),
            np.empty((count, *grid), np.float32),
        )

    def __len__(self) -> int:
        return len(self.filters)

    def __getitem__(self, chosen: NDArray[np.int64]) -> Candidates:
        return Candidates(*(values[chosen] for values in vars(self).values()))

    def part(self, start: int, stop: int) -> Candidates:
        """Return consecutive candidates, in the same memory."""
        return Candidates(*(values[start:stop] for values in vars(self).values()))

    def put(self, start: int, candidates: Candidates) -> None:
        """Write candidates from a place on."""
        for place, values in zip(vars(self).values(), vars(candidates).values(), strict=True):
            place[start : start + len(values)] = values

    def ranked(self, k: int) -> Candidates:
        """Return the k strongest of each filter, filter by filter, strongest first.

        Of equally strong candidates, earlier ones come first.
        """
        order = np.lexsort((-self.strengths, self.filters))
        filters = self.filters[order]
        starts = np.searchsorted(filters, np.arange(filters.max(initial=-1) + 1))
        return self[order[np.arange(len(order)) - starts[filters] < k]]


@dataclass
class TopK:
    """The strongest images of each filter: for sign 1 the highest responses, for -1 the lowest.

    ``least`` [filters] is the strength that an image must exceed to be among the ``k`` of a filter.
    Candidates are in memory that is taken once: if each batch left small arrays behind while the
    network's large ones come and go, memory would have more and more holes.
    """

    sign: int
    k: int
    grid: tuple[int, int]  # rows and columns of a heat map; (0, 0) for none
    least: Tensor
    kept: Candidates
    count: int = 0  # of those in ``kept``

    @classmethod
    def empty(cls, sign: int, filters: int, k: int, shape: tuple[int, int], *, heat: bool) -> TopK:
        """Return a collection without images, for a layer whose maps have a ``shape`` [h, w]."""
        grid = (min(shape[0], HEAT), min(shape[1], HEAT)) if heat else (0, 0)
        kept = Candidates.room(math.ceil((1 + HELD) * k * filters), grid)
        return cls(sign, k, grid, torch.full((filters,), -torch.inf), kept)

    def entering(
        self, images: NDArray[np.int64], strengths: Tensor, response: Tensor
    ) -> Candidates | None:
        """Return those of the images, given by their indices in the set, that come into question.

        ``strengths`` [n, filters] are in main memory, ``response`` [n, filters, h, w] may be on any
        device.
        """
        image, entering = (strengths > self.least).nonzero(as_tuple=True)
        if not len(image):
            return None
        positions, heat = self._look(_picked(response, image, entering))
        return Candidates(
            entering.numpy(),
            images[image.numpy()],
            strengths[image, entering].numpy(),
            positions.numpy(),
            heat.numpy(),
        )

    def add(self, candidates: Candidates | None) -> None:
        """Add candidates, which must be added in the order of the images."""
        if candidates is None:
            return
        start = 0
        while start < len(candidates):
            some = candidates.part(start, start + len(self.kept) - self.count)
            self.kept.put(self.count, some)
            start, self.count = start + len(some), self.count + len(some)
            if self.count == len(self.kept):
                self.settle()

    def _look(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return where maps [1, candidates, h, w] are strongest, and their heat, in main memory."""
        strengths = maps if self.sign > 0 else -maps
        _, positions = functional.max_pool2d(strengths, strengths.shape[2:], return_indices=True)
        if not self.grid[0]:
            return positions.flatten().cpu(), torch.empty((strengths.shape[1], 0, 0))
        cells = functional.adaptive_max_pool2d(strengths, self.grid)
        return positions.flatten().cpu(), cells[0].clamp(min=0).contiguous().cpu()

    def settle(self) -> Candidates:
        """Drop the candidates that others have surpassed, and return the rest."""
        best = self.kept.part(0, self.count).ranked(self.k)
        self.count = len(best)
        self.kept.put(0, best)
        _raise(self.least.numpy(), best, self.k)
        return self.kept.part(0, self.count)


def _picked(response: Tensor, images: Tensor, filters: Tensor) -> Tensor:
    """Return single maps of a response [n, filters, h, w] as channels, last in memory.

    The result [1, picked, h, w] allows them to be pooled together. ``images`` rise.
    """
    height, width = response.shape[2:]
    last = response.permute(0, 2, 3, 1).flatten(1, 2)  # [n, positions, filters]
    if last.device.type == "cpu":
        maps = torch.from_numpy(_taken(last.numpy(), images.numpy(), filters.numpy()))
    else:
        maps = last[images.to(last.device), :, filters.to(last.device)].t().contiguous()
    return maps.view(1, height, width, -1).permute(0, 3, 1, 2)


def _taken(
    last: NDArray[np.float32], images: NDArray[np.int64], filters: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return single maps [positions, picked] of ``last`` [n, positions, filters].

    Image by image, memory is read in its order.
    """
    starts = np.searchsorted(images, np.arange(len(last) + 1)).tolist()
    parts = [
        one.take(filters[start:stop], axis=1)
        for one, start, stop in zip(last, starts, starts[1:], strict=False)
        if start < stop
    ]
    return np.concatenate(parts, axis=1)


def _raise(least: NDArray[np.float32], best: Candidates, k: int) -> None:
    """Set the least strength of each filter that has k candidates to that of the k-th."""
    counts = np.bincount(best.filters, minlength=len(least))
    ends = np.cumsum(counts) - 1
    least[counts == k] = best.strengths[ends[counts == k]]
