"""Many small pictures in one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from convatlas.images.codecs.webp import encode_lossless, encode_within
from convatlas.model.records import EncodedPicture

WORST = 45
"""Minimum WebP quality; below it, smaller tiles look better."""


TILE = 64
"""Side of a thumbnail in pixels."""
NOTHING = 128
"""The grey of empty cells."""


def thumbnail(picture: NDArray[np.uint8], exact: bool = False) -> NDArray[np.uint8]:
    """Resize a picture [h, w, 3] smoothly to a tile [64, 64, 3] of its central square.

    If ``exact``, its pixels stay squares and all of it is shown, on grey.
    """
    image = Image.fromarray(picture)
    if not exact:
        return np.asarray(ImageOps.fit(image, (TILE, TILE), Image.Resampling.LANCZOS))
    fitting = ImageOps.contain(image, (TILE, TILE), Image.Resampling.NEAREST)
    return np.asarray(ImageOps.pad(fitting, (TILE, TILE), color=(NOTHING,) * 3))


def mosaic(tiles: Sequence[NDArray[np.uint8] | None], columns: int) -> NDArray[np.uint8]:
    """Lay out thumbnails in rows of ``columns``; None and empty cells are grey."""
    grey = np.full((TILE, TILE, 3), NOTHING, np.uint8)
    shown = [grey if tile is None else tile for tile in tiles]
    return sheet([*shown, *[grey] * (-len(tiles) % columns)], columns)


def sheet(tiles: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Lay out tiles [h, w, 3] of equal size in rows; empty cells of the last row are black."""
    height, width, channels = tiles[0].shape
    rows = -(-len(tiles) // columns)
    whole = np.zeros((rows * columns, height, width, channels), np.uint8)
    whole[: len(tiles)] = tiles
    table = whole.reshape(rows, columns, height, width, channels)
    return table.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def fitting(
    make: Callable[[int], NDArray[np.uint8]], sides: Sequence[int], most: int
) -> tuple[EncodedPicture, NDArray[np.uint8]]:
    """Return a sprite with the largest tiles that fit into ``most`` bytes, and its pixels.

    Args:
        make: Returns the pixels [h, w, 3] of the sprite for a side of its tiles.
        sides: The sides to try, in descending order.
        most: The maximum number of bytes.
    """
    for side in sides:
        picture = make(side)
        exact = encode_lossless(picture)
        if len(exact.data) <= most:
            return exact, picture
        sprite = encode_within(picture, most, WORST)
        if len(sprite.data) <= most:
            break
    return sprite, picture
