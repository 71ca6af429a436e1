"""The displayed size of pictures that the author of an atlas provides."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

SHOWN = (".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")
"""Suffixes of the formats that all browsers display."""

LOGOS = (".svg", ".png", ".jpg", ".jpeg", ".webp")

_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")


def picture_size(file: Path) -> tuple[int, int]:
    """Return the width and height, in pixels, at which a browser displays a picture.

    Raises:
        ValueError: the file is no such picture; the message continues a sentence after its name.
    """
    if file.suffix.lower() == ".svg":
        return _drawn(file)
    from PIL import ExifTags, Image

    try:
        with Image.open(file) as picture:
            picture.load()
            width, height = picture.size
            turned = picture.getexif().get(ExifTags.Base.Orientation) in _TURNED
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError("is a picture that cannot be read; save it again") from error
    return (height, width) if turned else (width, height)


def _drawn(file: Path) -> tuple[int, int]:
    """Return the width and height of an SVG, or of its view box if it has none."""
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except (OSError, ElementTree.ParseError) as error:
        raise ValueError("is an SVG that cannot be read; save it again") from error
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError("is no SVG picture; save it again")
    sides = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    lengths = [side[1] for side in sides if side]
    if len(lengths) < 2:
        lengths = re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]
    try:
        width, height = (round(float(length)) for length in lengths)
    except ValueError:
        raise ValueError("is an SVG of no size; give it a viewBox") from None
    if min(width, height) < 1:
        raise ValueError("is an SVG of no size; give it a viewBox")
    return width, height
