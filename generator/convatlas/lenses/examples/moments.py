"""Sums over all images, from which means, standard deviations and shares are computed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary


@dataclass
class Moments:
    """Sums over images in float64, and bounds, for the filters of a layer: tensors [filters].

    Over all positions: ``total`` and ``squares`` are sums of the responses' differences from
    ``centre`` and of their squares, and ``above`` counts responses above zero. Over the highest
    response to each image: ``peaks`` and ``peak_squares`` are sums, and ``lit`` counts those above
    zero.
    """

    highest: Tensor
    lowest: Tensor
    total: Tensor
    squares: Tensor
    above: Tensor
    peaks: Tensor
    peak_squares: Tensor
    lit: Tensor
    centre: Tensor
    images: int = 0
    area: int = 0

    @classmethod
    def empty(cls, filters: int) -> Moments:
        """Return sums over no images."""
        low, high = torch.full((filters,), -torch.inf), torch.full((filters,), torch.inf)
        sums = torch.zeros((7, filters), dtype=torch.float64)
        return cls(low, high, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6])

    def add(self, summary: BatchSummary) -> None:
        """Add a batch of images."""
        highest = summary.highest.double()
        self.highest = torch.maximum(self.highest, summary.highest.amax(0))
        self.lowest = torch.minimum(self.lowest, summary.lowest.amin(0))
        self.total += summary.total.sum(0, dtype=torch.float64)
        self.squares += summary.squares.sum(0, dtype=torch.float64)
        self.above += summary.above.sum(0, dtype=torch.float64)
        self.peaks += highest.sum(0)
        self.peak_squares += highest.square().sum(0)
        self.lit += (highest > 0).sum(0)
        self.images += len(highest)
        self.centre = summary.centre.double()
        self.area = summary.area

    @property
    def finite(self) -> Tensor:
        """Which filters [filters] have had only finite responses."""
        return self.highest.isfinite() & self.lowest.isfinite() & self.squares.isfinite()

    @property
    def positions(self) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation over all positions of all images."""
        mean, std = _spread(self.total, self.squares, self.images * self.area)
        return mean + self.centre, std.masked_fill(
            self.highest == self.lowest, 0
        )  # float32 sums are rounded

    @property
    def maxima(self) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of the highest response to an image."""
        return _spread(self.peaks, self.peak_squares, self.images)


def _spread(total: Tensor, squares: Tensor, count: int) -> tuple[Tensor, Tensor]:
    mean = total / count
    return mean, (squares / count - mean.square()).clamp(min=0).sqrt()
