"""Edits of colours; a grey picture stays as it is."""

from __future__ import annotations

import numpy as np
from PIL import Image


def grey(picture: Image.Image, image: str) -> Image.Image:
    """Replace each colour by the mean of its channels, in all of them.

    Where that is no whole number, one or two channels are brighter by 1 than the others, so that
    the sum of the channels stays: a filter that weighs them alike answers exactly as before.
    """
    if picture.mode == "L":
        return picture.copy()
    total = np.asarray(picture).sum(2, keepdims=True, dtype=np.uint16)
    return Image.fromarray(((total + np.arange(3, dtype=np.uint16)) // 3).astype(np.uint8))


def hue_turned(picture: Image.Image, image: str) -> Image.Image:
    """Turn the hue by 120 degrees: what was red is green, green is blue, and blue is red.

    In the HSV model that is exactly a change of places of the channels.
    """
    if picture.mode == "L":
        return picture.copy()
    red, green, blue = picture.split()
    return Image.merge("RGB", (blue, red, green))
