"""The date in a corner, in the orange segments of old cameras."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from convatlas.images.edits.draws import draws
from convatlas.images.edits.lengths import scaled
from convatlas.images.edits.stickers import FINE, stuck

HEIGHT, MARGIN = 12, 10
"""Of the digits, and their distance from the edges, in pixels of a picture of 224."""

ORANGE = (255, 150, 30)
GLOW = (255, 90, 0)

_SEGMENTS = {
    "a": ((0, 0), (1, 0)),
    "b": ((1, 0), (1, 1)),
    "c": ((1, 1), (1, 2)),
    "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)),
    "f": ((0, 0), (0, 1)),
    "g": ((0, 1), (1, 1)),
    "'": ((1, 0), (1, 0.5)),
}
"""The segments' ends, across and down; a digit is one wide and two high."""

_LIT = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
    "'": "'",
    " ": "",
}
"""The segments of each character."""


def date_stamp(picture: Image.Image, image: str) -> Image.Image:
    """Write a date, another one on each image, into the lower right corner."""
    random = draws("date-stamp", image)
    year, month, day = (int(random.integers(*span)) for span in ((85, 100), (1, 13), (1, 29)))
    stamp = _stamp(f"'{year} {month:2} {day:2}", scaled(HEIGHT, picture))
    margin = scaled(MARGIN, picture)
    place = picture.width - stamp.width - margin, picture.height - stamp.height - margin
    return stuck(stamp, picture, place)


def _stamp(text: str, height: int) -> Image.Image:
    """Return a text of digits, blanks and apostrophes, with digits of a height in pixels."""
    unit = height * FINE // 3
    thick = max(1, unit // 3)
    step = round(unit * 1.9)
    lit = Image.new("L", (step * len(text) + thick, 2 * unit + 2 * thick))
    draw = ImageDraw.Draw(lit)
    for index, digit in enumerate(text):
        for segment in _LIT[digit]:
            ends = [
                (index * step + thick + round(x * unit), thick + round(y * unit))
                for x, y in _SEGMENTS[segment]
            ]
            draw.line(ends, 255, thick)
    return _glowing(lit, thick).reduce(FINE)


def _glowing(lit: Image.Image, thick: int) -> Image.Image:
    """Return segments in orange, of mode RGBA, in their own glow."""
    glow = Image.new("RGBA", lit.size, (*GLOW, 0))
    glow.putalpha(lit.filter(ImageFilter.GaussianBlur(thick)))
    ink = Image.new("RGBA", lit.size, (*ORANGE, 0))
    ink.putalpha(lit)
    return Image.alpha_composite(glow, ink)
