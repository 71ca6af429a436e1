"""A ruler along the lower edge, as in photographs of skin lesions and finds."""

from __future__ import annotations

from PIL import Image, ImageDraw

from convatlas.images.edits.draws import draws
from convatlas.images.edits.fonts import font
from convatlas.images.edits.lengths import scaled
from convatlas.images.edits.stickers import sticker, stuck

HEIGHT = 30
"""In pixels of a picture of 224."""

MILLIMETRE = 0.14
"""A millimetre on the ruler, as a share of its height."""

PAPER, INK = (245, 245, 238, 225), (25, 25, 25, 255)


def ruler(picture: Image.Image, image: str) -> Image.Image:
    """Lay a white ruler along the lower edge; it starts at another place for each image."""
    height = scaled(HEIGHT, picture)
    start = int(draws("ruler", image).integers(0, 100))

    def draw(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
        draw.rectangle((0, 0, width, height), PAPER)
        for step in range(int(width / (height * MILLIMETRE)) + 1):
            _mark(draw, step * height * MILLIMETRE, height, start + step)

    return stuck(sticker(picture.width, height, draw), picture, (0, picture.height - height))


def _mark(draw: ImageDraw.ImageDraw, x: float, height: int, millimetre: int) -> None:
    """Draw the mark of a millimetre, and the number of a centimetre."""
    whole, half = millimetre % 10 == 0, millimetre % 5 == 0
    length = 0.5 if whole else 0.38 if half else 0.26
    draw.line((x, 0, x, length * height), INK, max(1, round(height * 0.03)))
    if whole:
        digits = font(round(height * 0.36))
        draw.text((x, height * 0.95), str(millimetre // 10), INK, digits, anchor="mb")
