"""How often a filter is among the first of its layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary

RANKS = (1, 5, 15, 50)


@dataclass
class RankCounts:
    """For each limit in ``RANKS``, the number of images for which a filter ranks within it.

    ``counts`` is [ranks, filters]. The filters of a layer are ranked by their mean response to an
    image.
    """

    counts: Tensor
    images: int = 0

    @classmethod
    def empty(cls, filters: int) -> RankCounts:
        """Return counts over no images."""
        return cls(torch.zeros((len(RANKS), filters), dtype=torch.long))

    def add(self, summary: BatchSummary) -> None:
        """Add a batch of images."""
        filters = self.counts.shape[1]
        means = summary.means.nan_to_num(nan=-torch.inf)  # NaN would be sorted first
        first = means.topk(min(RANKS[-1], filters), dim=1).indices
        for place, rank in enumerate(RANKS):
            self.counts[place] += first[:, :rank].flatten().bincount(minlength=filters)
        self.images += len(first)

    def shares(self, index: int) -> dict[str, float]:
        """Return the shares of the images for which a filter ranks within each limit."""
        counts = self.counts[:, index].tolist()
        return {str(rank): n / self.images for rank, n in zip(RANKS, counts, strict=True)}
