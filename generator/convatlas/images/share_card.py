"""The picture that other sites show when they link to a page: a mosaic without text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

WIDTH, HEIGHT = 1200, 630
"""What Open Graph's readers show without cutting, in pixels."""
MARGIN, GAP = 32, 4
GROUND = 22
"""The grey around the tiles, the same as on dark pages."""
SHARP = 48
"""Pictures up to this size are canvases of plain pixels, which are not smoothed."""
MOST = 50
"""Maximum number of tiles; more could not be distinguished where the card is shown small."""


def card(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Make a card [630, 1200, 3] of the first ``count(len(pictures))`` pictures, [h, w, 3] each.

    They are laid out in rows from the top left, each cropped to its central square.

    Raises:
        ValueError: there are no pictures.
    """
    if not pictures:
        raise ValueError("a card needs one picture at least")
    columns, rows = _grid(len(pictures))
    side = (HEIGHT - 2 * MARGIN - (rows - 1) * GAP) // rows
    left = (WIDTH - columns * side - (columns - 1) * GAP) // 2
    top = (HEIGHT - rows * side - (rows - 1) * GAP) // 2
    whole = Image.new("RGB", (WIDTH, HEIGHT), (GROUND,) * 3)
    for place, picture in enumerate(pictures[: columns * rows]):
        row, column = divmod(place, columns)
        corner = (left + column * (side + GAP), top + row * (side + GAP))
        whole.paste(_tile(picture, side), corner)
    return np.array(whole)


def count(pictures: int) -> int:
    """Return how many of that many pictures a card shows."""
    columns, rows = _grid(pictures)
    return columns * rows


def _grid(pictures: int) -> tuple[int, int]:
    """Return columns and rows: twice as many columns as rows, with no empty cell."""
    if pictures < 2:
        return 1, 1
    rows = max(n for n in range(1, 6) if 2 * n * n <= min(pictures, MOST))
    return 2 * rows, rows


def _tile(picture: NDArray[np.uint8], side: int) -> Image.Image:
    """Resize a picture to a tile; the pixels of small pictures stay squares, as on the pages."""
    small = max(picture.shape[:2]) <= min(SHARP, side)
    method = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
    return ImageOps.fit(Image.fromarray(picture), (side, side), method)
