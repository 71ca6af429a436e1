"""A line of text across the picture, as sites that sell photographs put one there."""

from __future__ import annotations

from PIL import Image, ImageDraw

from convatlas.images.edits.draws import draws
from convatlas.images.edits.fonts import font
from convatlas.images.edits.stickers import FINE, stuck

ALONG = 0.86
"""The share of the picture's width that the line takes, if it is not too high then."""

HIGHEST = 0.2
"""The share of the picture's height that it takes at most."""

INK = (255, 255, 255, 150)
EDGE = (0, 0, 0, 90)
"""Colours and opacity of the letters and their edges."""

_MEASURED = 100
"""The font's size for which the line's size is measured."""


def text_line(picture: Image.Image, image: str) -> Image.Image:
    """Write a transparent line of text, an address with a number, across the middle."""
    number = draws("text-line", image).integers(10_000_000, 100_000_000)
    line = _line(f"www.example.com/{number}", picture)
    left, top = (picture.width - line.width) // 2, (picture.height - line.height) // 2
    return stuck(line, picture, (left, top))


def _line(text: str, picture: Image.Image) -> Image.Image:
    """Return a line of text in the size for a picture."""
    _, _, width, height = font(_MEASURED).getbbox(text)
    part = min(ALONG * picture.width / width, HIGHEST * picture.height / height)
    letters = font(round(part * _MEASURED * FINE))
    edge = max(1, round(letters.size / 24))
    left, top, right, bottom = letters.getbbox(text, stroke_width=edge)
    fine = Image.new("RGBA", (round(right - left), round(bottom - top)))
    draw = ImageDraw.Draw(fine)
    draw.text((-left, -top), text, INK, letters, stroke_width=edge, stroke_fill=EDGE)
    return fine.reduce(FINE)
