"""Map numbers to colours."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

NEUTRAL = (247, 247, 247)
"""The colour of zero."""
UNKNOWN = (128, 128, 128)
"""The colour of NaN."""
GREY = 8
"""Chroma (0 to 255) below which a picture is considered grey."""

# ColorBrewer's RdBu (Brewer and Harrower, colorbrewer2.org), blue first; safe for the colour-blind.
_ANCHORS = np.array(
    [
        (5, 48, 97),
        (33, 102, 172),
        (67, 147, 195),
        (146, 197, 222),
        (209, 229, 240),
        NEUTRAL,
        (253, 219, 199),
        (244, 165, 130),
        (214, 96, 77),
        (178, 24, 43),
        (103, 0, 31),
    ],
    dtype=np.float64,
)


def diverging(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map values [...] to colours [..., 3]: red above zero, blue below, near white around zero.

    Values are clipped to -1 to 1; NaN becomes grey.
    """
    clipped = np.clip(np.nan_to_num(values.astype(np.float64)), -1, 1)
    stops = np.linspace(-1, 1, len(_ANCHORS))
    channels = [np.interp(clipped, stops, _ANCHORS[:, channel]) for channel in range(3)]
    colours = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    colours[np.isnan(values)] = UNKNOWN
    return colours


def hue(picture: NDArray[np.uint8]) -> int | None:
    """Return the overall hue of a picture [h, w, 3], 0 to 359 degrees, or None if it is grey.

    It is the direction of the mean of all pixels in the hue-chroma plane, so pixels are weighted by
    chroma and opposite hues cancel to grey.
    """
    red, green, blue = picture.reshape(-1, 3).mean(axis=0)
    across, up = red - (green + blue) / 2, math.sqrt(3) / 2 * (green - blue)
    if math.hypot(across, up) < GREY:
        return None
    return round(math.degrees(math.atan2(up, across))) % 360
