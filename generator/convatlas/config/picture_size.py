"""Pictures that the author of an atlas provides: their bytes, and the size they are shown in."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import NamedTuple

from convatlas.config.content import content
from convatlas.config.svg import drawing_size

SHOWN = (".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")
"""Suffixes of the formats that all browsers display."""

LOGOS = (".svg", ".png", ".jpg", ".jpeg", ".webp")

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
"""What Pillow calls them. Whatever the suffix says, it must not try others: some call programs."""
_LARGEST = 2**26
"""The size of the largest file, in bytes."""
_LARGEST_SVG = 2**22
_MOST_PIXELS = 50_000_000

_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""


class Shown(NamedTuple):
    """A picture's bytes, and the width and height in pixels at which a browser displays it."""

    data: bytes
    width: int
    height: int


def read_picture(file: Path) -> Shown:
    """Read a picture that every browser displays.

    Raises:
        ValueError: the file is no such picture; the message continues a sentence after its name.
    """
    drawn = file.suffix.lower() == ".svg"
    try:
        data = content(file, _LARGEST_SVG if drawn else _LARGEST)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}); save it again") from error
    return Shown(data, *(drawing_size(data) if drawn else _raster_size(data)))


def _raster_size(data: bytes) -> tuple[int, int]:
    from PIL import ExifTags, Image

    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_known(_FORMATS)) as picture,
        ):
            width, height = picture.size
            if width * height <= _MOST_PIXELS:
                picture.load()
            turned = picture.getexif().get(ExifTags.Base.Orientation) in _TURNED
    except Exception as error:  # decoders may raise anything on malformed files
        raise ValueError("is a picture that cannot be read; save it again") from error
    if width * height > _MOST_PIXELS:
        raise ValueError(f"has more than {_MOST_PIXELS:,} pixels; make it smaller")
    return (height, width) if turned else (width, height)


def _known(formats: tuple[str, ...]) -> list[str]:
    """Return those of the formats that this version of Pillow can read."""
    from PIL import Image

    Image.init()
    return [name for name in formats if name in Image.OPEN]
