"""Signed values as pictures: feature maps and attributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

PERCENTILE = 99.0
"""Percentile of the magnitudes that gets full contrast, so that single pixels do not determine it.
"""

ZERO = 64
"""Brightness of zero in a feature map (0 to 255); values below get darker, and are often cut by a
rectifier."""


def signed_picture(values: Floats, side: int) -> NDArray[np.uint8]:
    """Render signed values [1 or 3, h, w] as a picture [h', w', 3] in which zero is mid grey.

    The longer side is reduced to at most ``side`` pixels; nothing is enlarged. Pixels are averaged
    before the contrast is set, so that a reduced picture keeps its strength.
    """
    small = np.stack([shrunk(channel, side) for channel in values.astype(np.float32)])
    largest = float(np.percentile(np.abs(small), PERCENTILE)) or float(np.abs(small).max())
    scaled = small / largest if largest > 0 else small
    grey = np.rint(127.5 + 127.5 * np.clip(scaled, -1, 1)).astype(np.uint8)
    return np.broadcast_to(grey.transpose(1, 2, 0), (*grey.shape[1:], 3))


def feature_map(values: Floats, side: int) -> NDArray[np.uint8]:
    """Render a feature map [h, w] as a grey picture [h', w', 3] in which zero is dark grey.

    Positive values are brighter and negative ones darker. Each map has its own scale: its largest
    magnitude becomes white or black. Colours are not used because encoding blurs them.
    """
    small = shrunk(values.astype(np.float32), side)
    largest = float(np.abs(small).max())
    scaled = small / largest if largest > 0 else small
    grey = np.where(scaled > 0, ZERO + (255 - ZERO) * scaled, ZERO * (1 + scaled))
    levels = np.rint(grey).astype(np.uint8)
    return np.broadcast_to(levels[..., None], (*levels.shape, 3))


def shrunk(values: Floats, side: int) -> Floats:
    """Average values [h, w] down to a longer side of at most ``side``."""
    height, width = values.shape
    scale = side / max(height, width)
    if scale >= 1:
        return values
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(values, "F").resize(size, Image.Resampling.BOX))
