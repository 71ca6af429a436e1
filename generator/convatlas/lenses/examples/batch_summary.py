"""A batch of responses in a few numbers for each picture and filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class BatchSummary:
    """What responses amount to: tensors [n, filters] in main memory.

    ``position`` is the flat index of the highest response; ``above`` is how many of a map's
    ``area`` responses are above zero, ``total`` and ``squares`` are the sum and the sum of squares
    of what they differ from the filter's ``centre`` [filters]: so that filters whose responses
    differ little from each other lose no digits.
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
        """The mean response of each filter to each picture: [n, filters]."""
        return self.total / self.area + self.centre


def joined(parts: Sequence[BatchSummary]) -> BatchSummary:
    """Batches that follow each other as one."""

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
    """Reduces responses; ``scratch`` is memory that is used again and again.

    Reading a layer's responses takes nearly as long as a small convolution, so what matters is that
    they are still in the processor's cache, and that every pass over them is vectorised: filters
    last in memory, a max-pooling over the whole map, which tells the place too, and the least of
    whole rows of the map first.
    """

    scratch: Tensor = field(default_factory=lambda: torch.empty(0))

    def reduce(self, response: Tensor, centre: Tensor) -> BatchSummary:
        """Reduce responses [n, filters, h, w], whose filters stand last in memory.

        ``centre`` [filters], on the same device, is about what they answer.
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
        """Memory for a tensor of the same shape, type and device."""
        size = like.numel()
        if self.scratch.numel() < size or self.scratch.device != like.device:
            self.scratch = torch.empty(size, dtype=like.dtype, device=like.device)
        return self.scratch[:size].view(like.shape)


def _sum(rows: Tensor, filters: int) -> Tensor:
    """Sums over the map of rows [n, h, w * filters]: [n, filters]."""
    return rows.view(len(rows), -1, filters).sum(1)
