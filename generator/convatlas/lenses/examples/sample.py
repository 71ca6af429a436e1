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
        reached: Which of the images reach the layer [images]; of the others nothing is known.
    """

    images: NDArray[np.int64]
    highest: Tensor
    positions: Tensor
    spots: Tensor
    values: Tensor
    reached: NDArray[np.bool_]

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
            np.zeros(len(draw.images), bool),
        )

    def add(self, images: NDArray[np.int64], summary: BatchSummary) -> None:
        """Add those of the images, given by their indices in the set, that are in the sample."""
        columns, rows = self._among(images)
        self.reached[columns] = True
        self.highest[:, columns] = summary.highest[rows].T
        self.positions[:, columns] = summary.position[rows].T.int()

    def pick(self, images: NDArray[np.int64], response: Tensor) -> None:
        """Add the drawn positions of responses [n, filters, h, w] to images."""
        columns, rows = self._among(images)
        values = response.permute(0, 2, 3, 1).flatten(1, 2)  # [n, positions, filters]
        places = rows[:, None].to(values.device), self.spots[columns].to(values.device)
        self.values[columns] = values[places].cpu()

    def _among(self, images: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return the places in the sample of those images that are in it, and their own places."""
        columns = np.searchsorted(self.images, images)
        rows = np.flatnonzero(self.images[columns.clip(max=len(self.images) - 1)] == images)
        return torch.from_numpy(columns[rows]), torch.from_numpy(rows)


def _generator(text: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
