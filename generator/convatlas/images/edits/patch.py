"""A round coloured patch at the edge, as in photographs of skin lesions: a sticker for colours."""

from __future__ import annotations

from PIL import Image, ImageDraw

from convatlas.images.edits.draws import draws
from convatlas.images.edits.lengths import scaled
from convatlas.images.edits.stickers import sticker, stuck

SIDE = 64
"""Its diameter in pixels, of a picture of 224."""

BEYOND = 0.25
"""The share of it that is beyond the picture's edge."""

COLOURS = ("#2f6fc4", "#2f9e57", "#e3c32e", "#d8432f", "#e08a2c", "#7b4fa8")


def coloured_patch(picture: Image.Image, image: str) -> Image.Image:
    """Stick a patch onto the left or right edge; place and colour differ between images."""
    random, side = draws("coloured-patch", image), scaled(SIDE, picture)
    colour = COLOURS[random.integers(len(COLOURS))]
    top = round(random.random() * (picture.height - side))
    beyond = round(side * BEYOND)
    left = -beyond if random.random() < 0.5 else picture.width - side + beyond

    def draw(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
        draw.ellipse((0, 0, width - 1, height - 1), colour)

    return stuck(sticker(side, side, draw), picture, (left, top))
