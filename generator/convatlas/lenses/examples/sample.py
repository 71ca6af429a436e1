"""The responses of a layer's filters to the sample of images that represents the set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary
from convatlas.lenses.parts.draw import Draw


@dataclass
class Sample:
    """The responses of a layer's filters to the images of the sample, in main memory.

    Attributes:
        highest: The highest response of each filter to each image [filters, images].
        positions: Its position, as a flat index [filters, images].
        filled: On how many sixteenths of the map the response is above zero, rounded up, at most 15
            [filters, images].
        spots: Randomly drawn positions for each image [images, a few], as flat indices.
        values: The responses there [images, a few, filters].
        reached: Which of the images reach the layer [images]; of the others nothing is known.
    """

    images: NDArray[np.int64]
    highest: Tensor
    positions: Tensor
    filled: Tensor
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
            torch.empty(shape, dtype=torch.uint8),
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
        filled = (summary.above[rows].T * (16 / summary.area)).ceil().clamp(max=15)
        self.filled[:, columns] = filled.to(torch.uint8)

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
