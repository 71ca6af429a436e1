"""Many small pictures in one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from convatlas.images.encode import encode_lossless, encode_within
from convatlas.records import EncodedPicture

WORST = 45
"""WebP quality below which smaller tiles are better."""


def sheet(tiles: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Tiles [h, w, 3] of one size side by side, row by row; the last row ends in black."""
    height, width, channels = tiles[0].shape
    rows = -(-len(tiles) // columns)
    whole = np.zeros((rows * columns, height, width, channels), np.uint8)
    whole[: len(tiles)] = tiles
    table = whole.reshape(rows, columns, height, width, channels)
    return table.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def fitting(
    make: Callable[[int], NDArray[np.uint8]], sides: Sequence[int], most: int
) -> tuple[EncodedPicture, NDArray[np.uint8]]:
    """A sprite of tiles as large as fit into ``most`` bytes in fair quality, and its pixels."""
    for side in sides:
        picture = make(side)
        exact = encode_lossless(picture)
        if len(exact.data) <= most:
            return exact, picture
        sprite = encode_within(picture, most, WORST)
        if len(sprite.data) <= most:
            break
    return sprite, picture
