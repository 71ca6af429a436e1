"""Many small pictures in one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from convatlas.images.codecs.webp import encode_lossless, encode_within
from convatlas.model.records import EncodedPicture

WORST = 45
"""WebP quality below which smaller tiles are better."""


TILE = 64
"""Pixels of the side of a thumbnail."""
NOTHING = 128
"""The grey where there is nothing."""


def thumbnail(picture: NDArray[np.uint8], exact: bool = False) -> NDArray[np.uint8]:
    """A picture [h, w, 3] as a tile [64, 64, 3]: the square in its middle, smoothly resized.

    ``exact`` keeps its pixels as squares, and shows all of it, on grey.
    """
    image = Image.fromarray(picture)
    if not exact:
        return np.asarray(ImageOps.fit(image, (TILE, TILE), Image.Resampling.LANCZOS))
    fitting = ImageOps.contain(image, (TILE, TILE), Image.Resampling.NEAREST)
    return np.asarray(ImageOps.pad(fitting, (TILE, TILE), color=(NOTHING,) * 3))


def mosaic(tiles: Sequence[NDArray[np.uint8] | None], columns: int) -> NDArray[np.uint8]:
    """Thumbnails in rows of so many, filled up with grey, which stands for None as well."""
    grey = np.full((TILE, TILE, 3), NOTHING, np.uint8)
    shown = [grey if tile is None else tile for tile in tiles]
    return sheet([*shown, *[grey] * (-len(tiles) % columns)], columns)


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
