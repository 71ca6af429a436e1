"""Round many numbers at once to a few significant digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rounded(values: Floats, digits: int) -> Floats:
    """Return numbers with so many significant digits; those that are not finite as they are."""
    usable = np.isfinite(values) & (values != 0)
    sizes = np.floor(np.log10(np.abs(values, where=usable, out=np.ones_like(values))))
    places = digits - 1 - sizes
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    found: Floats = np.rint(values * up / down) / up * down
    return found
