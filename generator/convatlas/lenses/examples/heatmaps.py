"""Where in the images a filter responds, as one small picture per filter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convatlas.images.codecs.webp import encode_sketch
from convatlas.model.records import EncodedPicture

Floats = NDArray[np.float32]


def sprite(
    excited: Floats, inhibited: Floats, highest: float, lowest: float
) -> EncodedPicture | None:
    """Lay out the heat maps [k, rows, columns] of the images at both ends side by side.

    A cell is brighter the closer its strongest response is to the filter's highest (for inhibiting
    images: its lowest), and black if it is not above zero (below zero). None if there are no maps.
    """
    if not excited.size:
        return None
    tiles = [*_scaled(excited, highest), *_scaled(inhibited, -lowest)]
    return encode_sketch(np.concatenate(tiles, axis=1))


def _scaled(maps: Floats, bound: float) -> NDArray[np.uint8]:
    shares = maps / bound if bound > 0 else np.zeros(maps.shape)
    return np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)
