"""Edits of colours; a grey picture stays as it is."""

from __future__ import annotations

from PIL import Image


def grey(picture: Image.Image, image: str) -> Image.Image:
    """Replace each colour by its luminance (ITU-R 601), in all channels."""
    return picture.convert("L").convert(picture.mode)
