"""Reduce a batch of responses to a few numbers for each image and filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class BatchSummary:
    """A summary of responses, as tensors [n, filters] in main memory.

    Attributes:
        highest: The highest response of each map.
        position: Its position, as a flat index.
        lowest: The lowest response of each map.
        total: The sum of the responses' differences from ``centre``, which keeps the digits of
            filters whose responses differ little.
        squares: The sum of the squares of these differences.
        above: The number of responses above zero.
        centre: An approximate mean response of each filter [filters].
        area: The number of positions of a map.
    """

    highest: Tensor
    position: Tensor
    lowest: Tensor
    total: Tensor
    squares: Tensor
    above: Tensor
    centre: Tensor
    area: int

    @property
    def means(self) -> Tensor:
        """The mean response of each filter to each image: [n, filters]."""
        return self.total / self.area + self.centre


def joined(parts: Sequence[BatchSummary]) -> BatchSummary:
    """Concatenate the summaries of consecutive batches."""

    def column(name: str) -> Tensor:
        return torch.cat([getattr(part, name) for part in parts])

    return BatchSummary(
        column("highest"),
        column("position"),
        column("lowest"),
        column("total"),
        column("squares"),
        column("above"),
        parts[0].centre,
        parts[0].area,
    )


@dataclass
class Reducer:
    """Reduces responses; ``scratch`` is memory that is reused.

    Reading a layer's responses takes almost as long as a small convolution. It is fast if they are
    still in the processor's cache and every pass over them is vectorised: filters are last in
    memory, one max pooling over the whole map also gives the position, and minima are first taken
    over whole rows.
    """

    scratch: Tensor = field(default_factory=lambda: torch.empty(0))

    def reduce(self, response: Tensor, centre: Tensor) -> BatchSummary:
        """Reduce responses [n, filters, h, w] whose filters are last in memory.

        ``centre`` [filters], on the same device, is the approximate mean response of each filter.
        """
        n, filters, height, width = response.shape
        highest, position = functional.max_pool2d(response, (height, width), return_indices=True)
        rows = response.permute(0, 2, 3, 1).flatten(2)  # [n, h, w * filters]
        buffer = self._buffer(rows)
        lowest = rows.amin(1).view(n, width, filters).amin(1)
        above = _sum(torch.gt(rows, 0, out=buffer), filters)
        torch.sub(rows, centre.repeat(width), out=buffer)
        total = _sum(buffer, filters)
        squares = _sum(buffer.mul_(buffer), filters)
        numbers = [highest.flatten(1), lowest, total, squares, above]
        highest, lowest, total, squares, above = torch.stack(numbers).cpu()
        where = position.flatten(1).cpu()
        area = height * width
        return BatchSummary(highest, where, lowest, total, squares, above, centre.cpu(), area)

    def _buffer(self, like: Tensor) -> Tensor:
        """Return memory for a tensor of the same shape, dtype and device."""
        size = like.numel()
        if self.scratch.numel() < size or self.scratch.device != like.device:
            self.scratch = torch.empty(size, dtype=like.dtype, device=like.device)
        return self.scratch[:size].view(like.shape)


def _sum(rows: Tensor, filters: int) -> Tensor:
    """Sum rows [n, h, w * filters] over the map: [n, filters]."""
    return rows.view(len(rows), -1, filters).sum(1)
