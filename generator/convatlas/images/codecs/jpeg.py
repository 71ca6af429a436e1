"""Pixels to the bytes of a JPEG file, for programs that know nothing newer."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.codecs.format import Format
from convatlas.images.codecs.pixels import coloured
from convatlas.model.records import EncodedPicture

JPEG = Format("jpg", "image/jpeg", "JPEG", "jpg", re.compile(rb"\xff\xd8\xff"))


def encode_jpeg(picture: NDArray[np.uint8], quality: int = 85) -> EncodedPicture:
    """Encode a picture [h, w] or [h, w, 1 to 4], values 0 to 255, as JPEG, without its opacity.

    Raises:
        ValueError: another shape or type, or an empty picture.
    """
    pixels = coloured(picture)
    height, width = pixels.shape[:2]
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, :3]).save(file, JPEG.pillow, quality=quality, optimize=True)
    return EncodedPicture(file.getvalue(), width, height, JPEG.suffix)
