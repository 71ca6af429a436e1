"""Edits that mirror or turn the whole picture."""

from __future__ import annotations

from PIL import Image, ImageOps


def mirror(picture: Image.Image, image: str) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(picture)
