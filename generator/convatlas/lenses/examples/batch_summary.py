"""Reduce a batch of responses to a few numbers for each image and filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class BatchSummary:
    """A summary of responses, as tensors in main memory.

    Attributes:
        numbers: ``highest``, ``lowest``, ``total``, ``squares`` and ``above`` [5, n, filters].
        position: The position of the highest response of each map, as a flat index [n, filters].
        centre: An approximate mean response of each filter [filters].
        area: The number of positions of a map.
    """

    numbers: Tensor
    position: Tensor
    centre: Tensor
    area: int

    def __len__(self) -> int:
        return len(self.position)

    def part(self, start: int, stop: int) -> BatchSummary:
        """Return the summary of consecutive images, in the same memory."""
        numbers, position = self.numbers[:, start:stop], self.position[start:stop]
        return BatchSummary(numbers, position, self.centre, self.area)

    @property
    def highest(self) -> Tensor:
        """The highest response of each map [n, filters]."""
        return self.numbers[0]

    @property
    def lowest(self) -> Tensor:
        """The lowest response of each map [n, filters]."""
        return self.numbers[1]

    @property
    def total(self) -> Tensor:
        """The sum of the responses' differences from ``centre`` [n, filters].

        It keeps the digits of filters whose responses differ little.
        """
        return self.numbers[2]

    @property
    def squares(self) -> Tensor:
        """The sum of the squares of these differences [n, filters]."""
        return self.numbers[3]

    @property
    def above(self) -> Tensor:
        """The number of responses above zero [n, filters]."""
        return self.numbers[4]

    @property
    def means(self) -> Tensor:
        """The mean response of each filter to each image: [n, filters]."""
        return self.total / self.area + self.centre


@dataclass(frozen=True)
class Centre:
    """An approximate mean response of each filter: [filters], and repeated for a row of a map."""

    values: Tensor
    row: Tensor

    @classmethod
    def of(cls, response: Tensor) -> Centre:
        """Return the mean over the first image of responses [n, filters, h, w]."""
        values = response[0].mean((1, 2))
        return cls(values, values.repeat(response.shape[3]))


CACHED = 4 * 2**20
"""Bytes of responses that stay in a processor's cache while they are read several times."""


@dataclass
class Reducer:
    """Reduces responses; ``scratch`` is memory that is reused.

    Reading a layer's responses takes almost as long as a small convolution. It is fast if they are
    still in the processor's cache and every pass over them is vectorised: filters are last in
    memory, one max pooling over the whole map also gives the position, minima are first taken over
    whole rows, and large maps are summed up image by image.
    """

    scratch: Tensor = field(default_factory=lambda: torch.empty(0))

    def reduce(self, response: Tensor, centre: Centre) -> BatchSummary:
        """Reduce responses [n, filters, h, w] whose filters are last in memory.

        ``centre`` is on the same device.
        """
        height, width = response.shape[2:]
        highest, position = functional.max_pool2d(response, (height, width), return_indices=True)
        rows = response.permute(0, 2, 3, 1).flatten(2)  # [n, h, w * filters]
        sums = [self._sums(some, centre.row, width) for some in torch.split(rows, _together(rows))]
        columns = (torch.cat(column) for column in zip(*sums, strict=True))
        numbers = torch.stack([highest.flatten(1), *columns]).cpu()
        where = position.flatten(1).cpu()
        return BatchSummary(numbers, where, centre.values.cpu(), height * width)

    def _sums(self, rows: Tensor, centre: Tensor, width: int) -> Sequence[Tensor]:
        """Return ``lowest``, ``total``, ``squares`` and ``above`` [n, filters] of rows.

        Args:
            rows: The responses [n, h, w * filters].
            centre: That of each filter, repeated for each position of a row [w * filters].
            width: The width w of a map.
        """
        columns = rows.amin(1).view(len(rows), width, -1)
        buffer = self._buffer(rows)
        above = _sum(torch.gt(rows, 0, out=buffer), width)
        torch.sub(rows, centre, out=buffer)
        total = _sum(buffer, width)
        squares = _sum(buffer.mul_(buffer), width)
        return columns.amin(1), total, squares, above

    def _buffer(self, like: Tensor) -> Tensor:
        """Return memory for a tensor of the same shape, dtype and device."""
        size = like.numel()
        if self.scratch.numel() < size or self.scratch.device != like.device:
            self.scratch = torch.empty(size, dtype=like.dtype, device=like.device)
        return self.scratch[:size].view(like.shape)


def _together(rows: Tensor) -> int:
    """Return how many images are summed up together: on a CPU, no more than its cache holds."""
    size = rows[0].numel() * rows.element_size()
    return max(1, CACHED // size) if rows.device.type == "cpu" else len(rows)


def _sum(rows: Tensor, width: int) -> Tensor:
    """Sum rows [n, h, w * filters] over the map: [n, filters]."""
    return rows.view(len(rows), rows.shape[1] * width, -1).sum(1)
