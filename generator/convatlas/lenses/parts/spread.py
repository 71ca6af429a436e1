"""Choose a few of many, evenly spaced."""

from __future__ import annotations

import numpy as np


def spread(count: int, most: int) -> list[int]:
    """Return up to ``most`` evenly spaced indices below ``count``, including first and last."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})
