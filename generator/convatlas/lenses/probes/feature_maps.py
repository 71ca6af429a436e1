"""The responses of a layer to a probe: numbers for every filter, and all maps as one picture."""

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
from convatlas.model.facts import Layer
from convatlas.model.records import Record, short

SIDES = (96, 64, 48, 32, 24, 16, 12, 8)
"""Longer side of a map in the sprite, in pixels; the first that fits into its bytes is used."""
WIDEST = 1216
"""Width of a row of maps in pixels, that of a page."""
LEAST = 24
"""Minimum width of a map in such a row, in pixels."""


class FeatureMaps:
    """The response [filters, rows, columns] of one layer to the probe."""

    def __init__(self, layer: Layer, response: Tensor) -> None:
        """Keep the response.

        Raises:
            NetworkError: the response is not finite.
        """
        self.layer = layer
        self.response = response.detach()
        if not self.response.isfinite().all():
            raise NetworkError(f"{layer.name}: a response is not finite; look at its weights")
        self.means = self.response.cpu().double().mean((1, 2))
        self.highest, self.peaks = self.response.flatten(1).max(1)

    @cached_property
    def order(self) -> Tensor:
        """The filters by descending mean response; of equal ones, the lower index first."""
        return self.means.sort(descending=True, stable=True).indices

    def position(self, index: int) -> tuple[int, int]:
        """Return row and column of a filter's strongest response."""
        row, column = divmod(int(self.peaks[index]), self.response.shape[2])
        return row, column

    def seed(self, index: int, start: str) -> Tensor:
        """Return the start of attribution: 1 at the strongest position, or the positive map."""
        seed = torch.zeros_like(self.response)
        if start == "map":
            seed[index] = self.response[index].clamp(min=0)
        else:
            seed[(index, *self.position(index))] = 1
        return seed

    def record(self, top: int, most: int) -> Record:
        """Return the record of all maps, with numbers for each filter."""
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
    """Return how many maps are in a row, which is more for more filters."""
    for most, columns in ((16, 8), (64, 12), (128, 16), (256, 24)):
        if filters <= most:
            return min(filters, columns)
    return 32
