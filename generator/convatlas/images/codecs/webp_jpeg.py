"""Pixels to the bytes of a WebP or JPEG file, and back from any."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from convatlas.errors import RenderError
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


def encode(picture: NDArray[np.uint8]) -> EncodedPicture:
    """A picture [h, w] or [h, w, 1 to 4], values 0 to 255, as WebP.

    One or three channels are grey or colours; one more is the opacity.

    Lossless where its longer side has at most 64 pixels: small pictures lose their response first.

    Raises:
        ValueError: another shape or type, an empty picture, or a side beyond 16,383 pixels.
    """
    if max(picture.shape[:2], default=0) <= LOSSLESS:
        return encode_lossless(picture)
    return _encode(picture, lossless=False, quality=QUALITY, method=METHOD)


def encode_lossless(picture: NDArray[np.uint8]) -> EncodedPicture:
    """A picture as WebP that decodes to the very same values; shapes and errors as ``encode``."""
    return _encode(picture, lossless=True, quality=EFFORT, method=2)


def encode_sketch(picture: NDArray[np.uint8]) -> EncodedPicture:
    """A picture that is only looked at, as small WebP; shapes, errors and losses as ``encode``."""
    if max(picture.shape[:2], default=0) <= LOSSLESS:
        return encode_lossless(picture)
    return _encode(picture, lossless=False, quality=SKETCH, method=2)


def encode_within(picture: NDArray[np.uint8], most: int, worst: int = 15) -> EncodedPicture:
    """A picture that is only looked at in ``most`` bytes, or as few more as WebP can do.

    Its quality is ``worst`` at least. Shapes and errors as ``encode``.
    """
    for quality in range(SKETCH, worst - 1, -15):
        encoded = _encode(picture, lossless=False, quality=quality, method=METHOD)
        if len(encoded.data) <= most:
            break
    return encoded


def encode_jpeg(picture: NDArray[np.uint8], quality: int = 85) -> EncodedPicture:
    """A picture as JPEG, for programs that know nothing newer; shapes and errors as ``encode``."""
    pixels = coloured(picture)
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, :3]).save(file, "JPEG", quality=quality, optimize=True)
    return EncodedPicture(file.getvalue(), pixels.shape[1], pixels.shape[0], "jpg")


def decode(data: bytes) -> NDArray[np.uint8]:
    """The pixels [h, w, 3] of an encoded picture, values 0 to 255.

    Raises:
        OSError: the bytes are no picture.
        RenderError: they are one in AVIF, and this Pillow does not know it.
    """
    if data[4:12] == b"ftypavif":
        supported("AVIF")
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def supported(format: str) -> None:
    """Stop where Pillow was built without a format, as some packagers do.

    To take another format instead would put other bytes under the same key.

    Raises:
        RenderError: it was.
    """
    if not features.check(format.lower()):
        raise RenderError(
            f"this Pillow was built without {format}, in which pictures are kept; "
            "install its own wheel (pip install --force-reinstall pillow)"
        )


def _encode(
    picture: NDArray[np.uint8], lossless: bool, quality: int, method: int
) -> EncodedPicture:
    pixels = coloured(picture)
    height, width = pixels.shape[:2]
    if not 0 < height <= LARGEST or not 0 < width <= LARGEST:
        raise ValueError(f"a picture of {width} x {height}; WebP takes sides of 1 to {LARGEST}")
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(file, "WEBP", lossless=lossless, quality=quality, method=method)
    return EncodedPicture(file.getvalue(), width, height)


def coloured(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of any shape that can be encoded as [h, w, 3], or [h, w, 4] with opacity.

    Raises:
        ValueError: it has another shape or type, or is empty.
    """
    if picture.dtype != np.uint8:
        raise ValueError(f"expected values of type uint8, found {picture.dtype}")
    pixels = picture[:, :, None] if picture.ndim == 2 else picture
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4):
        raise ValueError(f"expected [h, w] or [h, w, 1 to 4], found {list(picture.shape)}")
    if pixels.shape[2] == 2:  # grey with its opacity
        pixels = pixels[:, :, [0, 0, 0, 1]]
    if not pixels.size:
        raise ValueError("an empty picture; WebP takes sides of 1 to 16383")
    channels = 4 if pixels.shape[2] == 4 else 3
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], channels)))
