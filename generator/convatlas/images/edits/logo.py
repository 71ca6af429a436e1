"""A small logo in a corner, as broadcasters and apps put one there."""

from __future__ import annotations

from PIL import Image, ImageDraw

from convatlas.images.edits.lengths import scaled
from convatlas.images.edits.stickers import sticker, stuck

SIDE, MARGIN = 30, 8
"""Of the logo, and its distance from the edges, in pixels of a picture of 224."""

GROUND, SIGN = (20, 60, 150, 230), (255, 255, 255, 235)


def corner_logo(picture: Image.Image, image: str) -> Image.Image:
    """Put a logo, a white sign on a blue ground, into the upper right corner."""
    side, margin = scaled(SIDE, picture), scaled(MARGIN, picture)
    return stuck(sticker(side, side, _draw), picture, (picture.width - side - margin, margin))


def _draw(draw: ImageDraw.ImageDraw, side: int, _: int) -> None:
    draw.rounded_rectangle((0, 0, side - 1, side - 1), 0.22 * side, GROUND)
    ring = (0.16 * side, 0.16 * side, 0.84 * side, 0.84 * side)
    draw.ellipse(ring, outline=SIGN, width=int(0.07 * side))
    arrow = [(0.42, 0.33), (0.7, 0.5), (0.42, 0.67)]
    draw.polygon([(side * x, side * y) for x, y in arrow], SIGN)
