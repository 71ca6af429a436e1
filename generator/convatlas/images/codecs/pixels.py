"""The shapes of pixels that every encoder takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def coloured(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture of any shape that can be encoded as [h, w, 3], or [h, w, 4] with opacity.

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
        raise ValueError(f"expected a picture, found an empty one of {list(picture.shape)}")
    channels = 4 if pixels.shape[2] == 4 else 3
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], channels)))
