"""An edit that leaves textures and parts, and destroys their arrangement."""

from __future__ import annotations

import numpy as np
from PIL import Image

from convatlas.images.edits.draws import draws

SIDE = 4
"""How many patches there are in a row, and in a column."""


def patches_shuffled(picture: Image.Image, image: str) -> Image.Image:
    """Cut a picture into 4 x 4 equal patches, and put them into a random order.

    Rows and columns of pixels that are left over, at the right and lower edge, stay in place.
    """
    width, height = picture.width // SIDE, picture.height // SIDE
    places = [(x * width, y * height) for y in range(SIDE) for x in range(SIDE)]
    shuffled = picture.copy()
    order = draws("patches-shuffled", image).permutation(len(places))
    for place, (left, top) in zip(places, np.array(places)[order].tolist(), strict=True):
        shuffled.paste(picture.crop((left, top, left + width, top + height)), place)
    return shuffled
