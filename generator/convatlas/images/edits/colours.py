"""Edits of colours; a grey picture stays as it is."""

from __future__ import annotations

from PIL import Image


def grey(picture: Image.Image, image: str) -> Image.Image:
    """Replace each colour by its luminance (ITU-R 601), in all channels."""
    return picture.convert("L").convert(picture.mode)


def hue_turned(picture: Image.Image, image: str) -> Image.Image:
    """Turn the hue by 120 degrees: what was red is green, green is blue, and blue is red.

    In the HSV model that is exactly a change of places of the channels.
    """
    if picture.mode == "L":
        return picture.copy()
    red, green, blue = picture.split()
    return Image.merge("RGB", (blue, red, green))
