"""Edits that mirror or turn the whole picture."""

from __future__ import annotations

from PIL import Image, ImageOps

from convatlas.images.edits.edit import Edit

_QUARTERS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def mirror(picture: Image.Image, image: str) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(picture)


def turned(degrees: int) -> Edit:
    """Return the edit that turns a picture to the left by 90, 180 or 270 degrees.

    A picture that is then wide instead of high, or the other way round, is resized to its old size.
    """

    def edit(picture: Image.Image, image: str) -> Image.Image:
        upright = picture.transpose(_QUARTERS[degrees])
        if upright.size == picture.size:
            return upright
        return upright.resize(picture.size, Image.Resampling.BILINEAR)

    return edit
