"""A border, as scanners, slides and screenshots leave one."""

from __future__ import annotations

from PIL import Image, ImageDraw

from convatlas.images.edits.lengths import scaled

WIDTH = 12
"""The border's width in pixels, of a picture of 224."""


def border(picture: Image.Image, image: str) -> Image.Image:
    """Draw a black border inside the picture."""
    framed = picture.copy()
    box = (0, 0, picture.width - 1, picture.height - 1)
    ImageDraw.Draw(framed).rectangle(box, outline="black", width=scaled(WIDTH, picture))
    return framed
