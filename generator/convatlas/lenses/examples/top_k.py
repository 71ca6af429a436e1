"""The few images that excite, or inhibit, each filter of a layer most, kept as images pass by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

HEAT = 16
"""Cells along each axis of a heat map, at most; smaller maps are kept as they are."""

HELD = 0.75
"""Candidates are held back until there are so many for each place that is kept."""

NOBODY = -1
"""An image's index where there is none yet."""


@dataclass(frozen=True)
class Candidates:
    """Images that may be among the strongest of a filter: arrays [candidates, ...].

    ``strengths`` are sign times the highest response, ``positions`` flat indices into the map,
    ``heat`` [candidates, rows, columns] sign times the responses, the strongest in each cell, never
    below zero.
    """

    filters: NDArray[np.int64]
    images: NDArray[np.int64]
    strengths: NDArray[np.float32]
    positions: NDArray[np.int64]
    heat: NDArray[np.float32]

    def __getitem__(self, chosen: NDArray[np.int64]) -> Candidates:
        return Candidates(*(values[chosen] for values in vars(self).values()))

    def ranked(self, k: int) -> Candidates:
        """The k strongest of each filter, filter by filter, the strongest first.

        Of equally strong ones those that come first.
        """
        order = np.lexsort((-self.strengths, self.filters))
        filters = self.filters[order]
        starts = np.searchsorted(filters, np.arange(filters.max(initial=-1) + 1))
        return self[order[np.arange(len(order)) - starts[filters] < k]]


@dataclass
class TopK:
    """The ``sign`` times strongest images of each filter: 1 the highest, -1 the lowest responses.

    ``least`` [filters] is what an image has to surpass to be among the ``k`` of a filter.
    """

    sign: int
    k: int
    grid: tuple[int, int]  # rows and columns of a heat map; none where none is wanted
    least: Tensor
    kept: list[Candidates] = field(default_factory=list)
    held: int = 0

    @classmethod
    def empty(cls, sign: int, filters: int, k: int, shape: tuple[int, int], *, heat: bool) -> TopK:
        """Nothing seen yet of a layer whose maps have a ``shape`` [h, w]."""
        grid = (min(shape[0], HEAT), min(shape[1], HEAT)) if heat else (0, 0)
        return cls(sign, k, grid, torch.full((filters,), -torch.inf))

    def add(self, first: int, strengths: Tensor, response: Tensor) -> None:
        """Take in the images from index ``first`` on, which come in order.

        ``strengths`` [n, filters] are in main memory, ``response`` [n, filters, h, w] wherever it
        is.
        """
        image, entering = (strengths > self.least).nonzero(as_tuple=True)
        if not len(image):
            return
        positions, heat = self._look(_picked(response, image, entering))
        self.kept.append(
            Candidates(
                entering.numpy(),
                first + image.numpy(),
                strengths[image, entering].numpy(),
                positions.numpy(),
                heat.numpy(),
            )
        )
        self.held += len(image)
        if self.held > HELD * self.k * len(self.least):
            self.settle()

    def _look(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Where maps [1, candidates, h, w] are strongest, and their heat, in main memory."""
        strengths = maps if self.sign > 0 else -maps
        _, positions = functional.max_pool2d(strengths, strengths.shape[2:], return_indices=True)
        if not self.grid[0]:
            return positions.flatten().cpu(), torch.empty((strengths.shape[1], 0, 0))
        cells = functional.adaptive_max_pool2d(strengths, self.grid)
        return positions.flatten().cpu(), cells[0].clamp(min=0).contiguous().cpu()

    def settle(self) -> Candidates:
        """Let go of those candidates that others have surpassed; returns the rest."""
        best = merged(self.kept).ranked(self.k) if self.kept else nothing(self.grid)
        self.kept, self.held = [best], 0
        self.least = _least(best, self.k, len(self.least))
        return best


def _picked(response: Tensor, images: Tensor, filters: Tensor) -> Tensor:
    """Single maps of a response [n, filters, h, w], as channels that stand last in memory.

    So they can be pooled many at a time: [1, picked, h, w].
    """
    last = response.permute(0, 2, 3, 1).flatten(1, 2)
    maps = last[images.to(last.device), :, filters.to(last.device)]
    height, width = response.shape[2:]
    return maps.t().contiguous().view(1, height, width, -1).permute(0, 3, 1, 2)


def _least(best: Candidates, k: int, filters: int) -> Tensor:
    """The strength of the k-th of each filter; of one that has fewer, below all numbers."""
    counts = np.bincount(best.filters, minlength=filters)
    ends = np.cumsum(counts) - 1
    least = np.full(filters, -np.inf, np.float32)
    least[counts == k] = best.strengths[ends[counts == k]]
    return torch.from_numpy(least)


def merged(parts: list[Candidates]) -> Candidates:
    """All candidates of several parts."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Candidates(*(np.concatenate(column) for column in columns))


def nothing(grid: tuple[int, int]) -> Candidates:
    """No candidates at all."""
    integers, floats = np.zeros(0, np.int64), np.zeros(0, np.float32)
    return Candidates(integers, integers, floats, integers, np.zeros((0, *grid), np.float32))
