"""A published picture's bytes back to pixels."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.codecs.registry import format_of


def decode(data: bytes) -> NDArray[np.uint8]:
    """Return the pixels [h, w, 3] of an encoded picture, values 0 to 255.

    Raises:
        OSError: the bytes are no picture.
        RenderError: they are one in a format that this Pillow does not know.
    """
    if format := format_of(data):
        format.require()
    known = [format.pillow] if format else []
    with Image.open(io.BytesIO(data), formats=known) as image:
        return np.array(image.convert("RGB"))
