"""Which classes of images excite a filter, and how clearly they stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary
from convatlas.lenses.examples.records import ClassMean
from convatlas.model.facts import ImageFacts

SHOWN = 5
"""Number of classes listed for a filter."""

Kind = tuple[str | None, int | None]
"""A class: its label, and its index if known."""


@dataclass
class Classes:
    """Sums of the highest responses to the images of each class, in main memory.

    Attributes:
        images: The images of the set.
        places: The number of each class, by label and target.
        counts: The number of images seen of each class [classes].
        sums: Sums of the highest response to each image [classes, filters], in float64.
        squares: Sums of its squares over all labelled images [filters], in float64.
    """

    images: Sequence[ImageFacts]
    places: Mapping[Kind, int]
    counts: Tensor
    sums: Tensor
    squares: Tensor

    @classmethod
    def empty(cls, images: Sequence[ImageFacts], filters: int) -> Classes:
        """Return sums over no images; classes with one name but different indices are distinct."""
        kinds = ((image.label, image.target) for image in images)
        known = dict.fromkeys(kind for kind in kinds if kind[0] is not None)
        double = torch.float64
        return cls(
            images,
            {kind: number for number, kind in enumerate(known)},
            torch.zeros(len(known), dtype=torch.long),
            torch.zeros((len(known), filters), dtype=double),
            torch.zeros(filters, dtype=double),
        )

    @property
    def names(self) -> list[str]:
        """The labels of the classes."""
        return [str(label) for label, _ in self.places]

    @property
    def _seen(self) -> Tensor:
        """The numbers of the classes of which any image reaches the layer."""
        return self.counts.nonzero().flatten()

    def add(self, images: NDArray[np.int64], summary: BatchSummary) -> None:
        """Add images, given by their indices in the set."""
        kinds = [(self.images[each].label, self.images[each].target) for each in images.tolist()]
        numbers = [self.places.get(kind, -1) for kind in kinds]
        members = torch.tensor(numbers)
        known = members >= 0
        highest = summary.highest[known].double()
        self.counts += members[known].bincount(minlength=len(self.places))
        self.sums.index_add_(0, members[known], highest)
        self.squares += highest.square().sum(0)

    def best(self, index: int) -> list[ClassMean]:
        """Return the classes that excite a filter most: ``label``, ``mean``, ``gap``, ``images``.

        ``mean`` is that of the highest response to an image. ``gap`` is how far it is above the
        mean over all other labelled images, in standard deviations over all labelled images, or
        None if undefined.
        """
        seen = self._seen
        names, counts, sums = self.names, self.counts[seen], self.sums[seen, index]
        means = sums / counts
        rest = (sums.sum() - sums) / (counts.sum() - counts)
        variance = self.squares[index] / counts.sum() - (sums.sum() / counts.sum()).square()
        gaps = (means - rest) / variance.clamp(min=0).sqrt()
        order = means.sort(descending=True, stable=True).indices[:SHOWN].tolist()
        return [
            {
                "label": names[int(seen[place])],
                "mean": means[place].item(),
                "gap": gaps[place].item() if gaps[place].isfinite() else None,
                "images": int(counts[place]),
            }
            for place in order
        ]

    def selectivity(self, index: int) -> float | None:
        """Return how much one class stands out, from 0 to 1; None for fewer than two classes.

        (best - mean of the others) / (best + mean of the others) of the class means, with negative
        ones set to zero: Morcos et al., "On the importance of single directions for generalization"
        (ICLR 2018), arXiv 1803.06959.
        """
        seen = self._seen
        if len(seen) < 2:
            return None
        means = (self.sums[seen, index] / self.counts[seen]).clamp(min=0)
        best = means.max()
        others = (means.sum() - best) / (len(means) - 1)
        return float((best - others) / (best + others)) if best > 0 else 0.0
