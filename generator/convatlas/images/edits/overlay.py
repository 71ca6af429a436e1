"""A picture of the user's own that is laid over each image, such as a mark or a logo."""

from __future__ import annotations

import io

from PIL import Image

from convatlas.images.edits.edit import Edit
from convatlas.images.edits.stickers import stuck

_FORMATS = ("PNG", "WEBP", "TIFF", "GIF")
"""Those with transparency that every Pillow reads."""

_MOST_PIXELS = 50_000_000


def read_overlay(data: bytes) -> Image.Image:
    """Return the picture of a file's bytes, in mode RGBA.

    Raises:
        ValueError: it cannot be laid over; the message continues a sentence after the file's name.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"has more than {_MOST_PIXELS:,} pixels; make it smaller")
            clear = picture.has_transparency_data
            overlay = picture.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        message = "is no picture that can be laid over images; save it as an RGBA png"
        raise ValueError(message) from error
    return _partly_clear(overlay, clear)


def _partly_clear(overlay: Image.Image, clear: bool) -> Image.Image:
    """Return an overlay that leaves something of the images, and changes something.

    Raises:
        ValueError: it does not.
    """
    lowest, highest = overlay.getchannel("A").getextrema()
    if not clear or lowest == 255:
        raise ValueError("would hide each image; save it with transparency, as an RGBA png")
    if highest == 0:
        raise ValueError("is transparent all over and would change nothing; draw something on it")
    return overlay


def laid_over(overlay: Image.Image) -> Edit:
    """Return the edit that lays a picture of mode RGBA over each image, resized to its size."""

    def edit(picture: Image.Image, image: str) -> Image.Image:
        sized = overlay.resize(picture.size, Image.Resampling.BILINEAR)
        return stuck(sized, picture, (0, 0))

    return edit
