"""What a layer answers to a probe: every filter in numbers, and all feature maps as one picture."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.errors import NetworkError
from convatlas.images.signed import feature_map
from convatlas.images.sprites import fitting, sheet
from convatlas.lenses.probes.records import MapsData, TopFilter
from convatlas.model.records import Layer, Record, short

SIDES = (96, 64, 48, 32, 24, 16, 12, 8)
"""Pixels of a map's longer side in the sprite; the first that fits into its bytes is taken."""
WIDEST = 1216
"""Pixels of a row of maps: as wide as a page."""
LEAST = 24
"""Pixels that a map takes of such a row at least, however small it is."""


class FeatureMaps:
    """One layer's response [filters, rows, columns] to the probe."""

    def __init__(self, layer: Layer, response: Tensor) -> None:
        """Raises NetworkError where the response is not finite."""
        self.layer = layer
        self.response = response.detach()
        if not self.response.isfinite().all():
            raise NetworkError(f"{layer.name}: a response is not finite; look at its weights")
        self.means = self.response.cpu().double().mean((1, 2))
        self.highest, self.peaks = self.response.flatten(1).max(1)

    @cached_property
    def order(self) -> Tensor:
        """The filters, the strongest mean first; of equal ones the earlier first."""
        return self.means.sort(descending=True, stable=True).indices

    def position(self, index: int) -> tuple[int, int]:
        """Row and column of a filter's strongest response."""
        row, column = divmod(int(self.peaks[index]), self.response.shape[2])
        return row, column

    def seed(self, index: int, start: str) -> Tensor:
        """Where a method starts: one at the strongest position, or the map where it is positive."""
        seed = torch.zeros_like(self.response)
        if start == "map":
            seed[index] = self.response[index].clamp(min=0)
        else:
            seed[(index, *self.position(index))] = 1
        return seed

    def record(self, top: int, most: int) -> Record:
        """All of its maps, and its filters in numbers."""
        maps = self.response.cpu().numpy()
        columns = row_of(len(maps))

        def tiles(side: int) -> NDArray[np.uint8]:
            return sheet([feature_map(each, side) for each in maps], columns)

        largest = max(maps.shape[1:])
        shown = max(LEAST, WIDEST // columns)
        sides = [side for side in SIDES if side <= max(shown, SIDES[-1])]
        sprite, picture = fitting(tiles, [min(largest, side) for side in sides], most)
        rows = -(-len(maps) // columns)
        data: MapsData = {
            "means": [short(value) for value in self.means.tolist()],
            "highest": [short(value) for value in self.highest.tolist()],
            "top": [self._entry(index) for index in self.order[:top].tolist()],
            "columns": columns,
            "tile": [picture.shape[0] // rows, picture.shape[1] // columns],
        }
        return Record(data, {"maps": sprite})

    def _entry(self, index: int) -> TopFilter:
        return {
            "index": index,
            "mean": short(self.means[index].item()),
            "highest": short(self.highest[index].item()),
            "position": list(self.position(index)),
        }


def row_of(filters: int) -> int:
    """How many feature maps stand in a row: more of them where there are many."""
    for most, columns in ((16, 8), (64, 12), (128, 16), (256, 24)):
        if filters <= most:
            return min(filters, columns)
    return 32
