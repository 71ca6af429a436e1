"""The sample of images that represents a set which is too large to be shown whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary

MOST = 2048
"""Maximum number of images in a sample; smaller sets are used whole.

Also the number of positions in a filter's sample of them, which may have up to twice as many."""

DRAWN = 3
"""Number of images of the sample that are shown for every filter, whatever its response."""


@dataclass(frozen=True)
class Draw:
    """The sample of an image set, the same for all filters of all networks that see the set.

    ``images`` are ascending indices into the set; ``shown`` are the positions in the sample of the
    images that are shown for every filter.
    """

    images: NDArray[np.int64]
    shown: NDArray[np.int64]
    seed: str

    @classmethod
    def of(cls, fingerprint: str, count: int) -> Draw:
        """Return the sample of a set of ``count`` images."""
        generator = _generator(fingerprint)
        images = np.sort(generator.permutation(count)[:MOST])
        shown = np.sort(generator.permutation(len(images))[:DRAWN])
        return cls(images, shown, fingerprint)

    def spots(self, area: int) -> NDArray[np.int64]:
        """Return random positions of a map for each image: flat indices [images, a few]."""
        each = -(-MOST // len(self.images))
        return _generator(f"{self.seed}/{area}").integers(area, size=(len(self.images), each))


@dataclass
class Sample:
    """The responses of a layer's filters to the images of the sample, in main memory.

    Attributes:
        highest: The highest response of each filter to each image [filters, images].
        positions: Its position, as a flat index [filters, images].
        spots: Randomly drawn positions for each image [images, a few], as flat indices.
        values: The responses there [images, a few, filters].
    """

    images: NDArray[np.int64]
    highest: Tensor
    positions: Tensor
    spots: Tensor
    values: Tensor

    @classmethod
    def empty(cls, draw: Draw, filters: int, area: int) -> Sample:
        """Return the sample of a layer with maps of that area, before the first image."""
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
        """Add those of the images from index ``first`` on that are in the sample."""
        columns, rows = self._among(first, len(summary.highest))
        self.highest[:, columns] = summary.highest[rows].T
        self.positions[:, columns] = summary.position[rows].T.int()

    def pick(self, first: int, response: Tensor) -> None:
        """Add the drawn positions of responses [n, filters, h, w] to images from ``first`` on."""
        columns, rows = self._among(first, len(response))
        values = response.permute(0, 2, 3, 1).flatten(1, 2)  # [n, positions, filters]
        places = rows[:, None].to(values.device), self.spots[columns].to(values.device)
        self.values[columns] = values[places].cpu()

    def _among(self, first: int, count: int) -> tuple[slice, Tensor]:
        """Return which images from ``first`` on are in the sample, and their batch indices."""
        start, end = np.searchsorted(self.images, [first, first + count]).tolist()
        return slice(start, end), torch.from_numpy(self.images[start:end] - first)


def _generator(text: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
