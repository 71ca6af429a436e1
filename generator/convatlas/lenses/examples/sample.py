"""The images that stand for a whole set where all of them would be too many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary

MOST = 2048
"""Images in a sample, at most; smaller sets are their own sample. Also how many positions a
filter's sample of them has, or up to twice as many."""

DRAWN = 3
"""Images of the sample that are shown for every filter, whatever it thinks of them."""


@dataclass(frozen=True)
class Draw:
    """The sample of an image set: the same for all filters of all networks that see the set.

    ``images`` are indices into the set, rising; ``shown`` those of the sample's images, by their
    place in it, that are shown for every filter.
    """

    images: NDArray[np.int64]
    shown: NDArray[np.int64]
    seed: str

    @classmethod
    def of(cls, fingerprint: str, count: int) -> Draw:
        """The sample of a set of ``count`` images."""
        generator = _generator(fingerprint)
        images = np.sort(generator.permutation(count)[:MOST])
        shown = np.sort(generator.permutation(len(images))[:DRAWN])
        return cls(images, shown, fingerprint)

    def spots(self, area: int) -> NDArray[np.int64]:
        """Positions of a map of that area for each image: [images, a few], flat indices."""
        each = -(-MOST // len(self.images))
        return _generator(f"{self.seed}/{area}").integers(area, size=(len(self.images), each))


@dataclass
class Sample:
    """What a layer's filters answer to the sample's images, in main memory.

    ``highest`` [filters, images] are the highest responses, ``positions`` [filters, images] where,
    as flat indices; ``spots`` [images, a few] the positions that are drawn for each image, and
    ``values`` [images, a few, filters] the responses there.
    """

    images: NDArray[np.int64]
    highest: Tensor
    positions: Tensor
    spots: Tensor
    values: Tensor

    @classmethod
    def empty(cls, draw: Draw, filters: int, area: int) -> Sample:
        """Nothing seen yet of a layer with maps of that area."""
        spots = torch.from_numpy(draw.spots(area))
        shape = (filters, len(draw.images))
        return cls(
            draw.images,
            torch.empty(shape),
            torch.empty(shape, dtype=torch.int32),
            spots,
            torch.empty((*spots.shape, filters)),
        )

    def add(self, first: int, summary: BatchSummary) -> None:
        """Take in those of the images from index ``first`` on that belong to the sample."""
        columns, rows = self._among(first, len(summary.highest))
        self.highest[:, columns] = summary.highest[rows].T
        self.positions[:, columns] = summary.position[rows].T.int()

    def pick(self, first: int, response: Tensor) -> None:
        """Take in the drawn positions of responses [n, filters, h, w], likewise."""
        columns, rows = self._among(first, len(response))
        values = response.permute(0, 2, 3, 1).flatten(1, 2)  # [n, positions, filters]
        places = rows[:, None].to(values.device), self.spots[columns].to(values.device)
        self.values[columns] = values[places].cpu()

    def _among(self, first: int, count: int) -> tuple[slice, Tensor]:
        """Which of ``count`` images from an index on are in the sample: their places in either."""
        start, end = np.searchsorted(self.images, [first, first + count]).tolist()
        return slice(start, end), torch.from_numpy(self.images[start:end] - first)


def _generator(text: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
