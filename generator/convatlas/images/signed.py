"""Signed values as pictures: feature maps, and what of a picture made a filter answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

PERCENTILE = 99.0
"""Of a picture's magnitudes: what is there has full contrast, so that few pixels do not set it."""

ZERO = 64
"""How bright zero is in a feature map, of 255: what is below gets darker, and is mostly cut off."""


def signed_picture(values: Floats, side: int) -> NDArray[np.uint8]:
    """Signed values [1 or 3, h, w] as a picture [h', w', 3] in which zero is mid grey.

    The longer side becomes ``side`` pixels at most; nothing is enlarged. What is made smaller
    keeps its strength: pixels are averaged before the contrast is set.
    """
    small = np.stack([shrunk(channel, side) for channel in values.astype(np.float32)])
    largest = float(np.percentile(np.abs(small), PERCENTILE)) or float(np.abs(small).max())
    scaled = small / largest if largest > 0 else small
    grey = np.rint(127.5 + 127.5 * np.clip(scaled, -1, 1)).astype(np.uint8)
    return np.broadcast_to(grey.transpose(1, 2, 0), (*grey.shape[1:], 3))


def feature_map(values: Floats, side: int) -> NDArray[np.uint8]:
    """A feature map [h, w] as a grey picture [h', w', 3] in which zero is dark grey.

    What is above zero is brighter and what is below is darker, on a scale of its own: its largest
    magnitude is white or black. Colours would blur with their neighbours' when it is encoded.
    """
    small = shrunk(values.astype(np.float32), side)
    largest = float(np.abs(small).max())
    scaled = small / largest if largest > 0 else small
    grey = np.where(scaled > 0, ZERO + (255 - ZERO) * scaled, ZERO * (1 + scaled))
    levels = np.rint(grey).astype(np.uint8)
    return np.broadcast_to(levels[..., None], (*levels.shape, 3))


def shrunk(values: Floats, side: int) -> Floats:
    """Values [h, w] averaged to a longer side of ``side`` at most."""
    height, width = values.shape
    scale = side / max(height, width)
    if scale >= 1:
        return values
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(values, "F").resize(size, Image.Resampling.BOX))
