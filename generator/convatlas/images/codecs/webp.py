"""Pixels to the bytes of a WebP file: photographs, kernels, and whatever may lose nothing."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.codecs.format import Format
from convatlas.images.codecs.pixels import coloured
from convatlas.model.records import EncodedPicture

QUALITY = 90
"""WebP quality of pictures that are larger than ``LOSSLESS`` pixels."""
LOSSLESS = 64
"""Pictures whose longer side has at most this many pixels are kept as they are."""
METHOD = 4
"""WebP's trade of time for size, from 0 to 6."""
EFFORT = 20
"""The same for pictures that are kept as they are, from 0 to 100: more saves hardly a byte."""
SKETCH = 75
"""WebP quality of pictures that are looked at, but not shown to a network again."""
SETTINGS = {
    "quality": QUALITY,
    "lossless": LOSSLESS,
    "method": METHOD,
    "effort": EFFORT,
    "sketch": SKETCH,
}
"""What an encoded picture's bytes depend on beside its pixels; stands in the records' keys."""
LARGEST = 16383
"""The longest side that WebP knows."""


WEBP = Format("webp", "image/webp", "WEBP", "webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL))


def encode(picture: NDArray[np.uint8]) -> EncodedPicture:
    """Encode a picture [h, w] or [h, w, 1 to 4], values 0 to 255, as WebP.

    One or three channels are grey or colours; one more is the opacity.

    Lossless where its longer side has at most 64 pixels: small pictures lose their response first.

    Raises:
        ValueError: another shape or type, an empty picture, or a side beyond 16,383 pixels.
    """
    if max(picture.shape[:2], default=0) <= LOSSLESS:
        return encode_lossless(picture)
    return _encode(picture, lossless=False, quality=QUALITY, method=METHOD)


def encode_lossless(picture: NDArray[np.uint8]) -> EncodedPicture:
    """Encode a picture as WebP that decodes to the same values; shapes and errors as ``encode``."""
    return _encode(picture, lossless=True, quality=EFFORT, method=2)


def encode_sketch(picture: NDArray[np.uint8]) -> EncodedPicture:
    """Encode a picture that is only looked at as small WebP; shapes and errors as ``encode``."""
    if max(picture.shape[:2], default=0) <= LOSSLESS:
        return encode_lossless(picture)
    return _encode(picture, lossless=False, quality=SKETCH, method=2)


def encode_within(picture: NDArray[np.uint8], most: int, worst: int = 15) -> EncodedPicture:
    """Encode a picture that is only looked at in ``most`` bytes, or as few more as possible.

    Its quality is ``worst`` at least. Shapes and errors as ``encode``.
    """
    for quality in range(SKETCH, worst - 1, -15):
        encoded = _encode(picture, lossless=False, quality=quality, method=METHOD)
        if len(encoded.data) <= most:
            break
    return encoded


def _encode(
    picture: NDArray[np.uint8], lossless: bool, quality: int, method: int
) -> EncodedPicture:
    pixels = coloured(picture)
    height, width = pixels.shape[:2]
    if max(height, width) > LARGEST:
        raise ValueError(f"a picture of {width} x {height}; WebP takes sides up to {LARGEST}")
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(file, WEBP.pillow, lossless=lossless, quality=quality, method=method)
    return EncodedPicture(file.getvalue(), width, height, WEBP.suffix)
