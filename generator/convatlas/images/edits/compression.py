"""Compression that leaves visible blocks."""

from __future__ import annotations

import io

from PIL import Image

QUALITY = 10
"""Of 1 to 95, on Pillow's scale."""


def jpeg(picture: Image.Image, image: str) -> Image.Image:
    """Return what JPEG leaves of a picture at quality 10."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    with Image.open(file, formats=["JPEG"]) as compressed:
        return compressed.convert(picture.mode)
