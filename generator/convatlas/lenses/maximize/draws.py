"""All random draws of a batch of pictures, each picture's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def generators(keys: Sequence[str]) -> list[np.random.Generator]:
    """A counter-based generator (Philox) for each record's key: the same on every device."""
    return [np.random.Generator(np.random.Philox(key=int(key[:32], 16))) for key in keys]


def normal(draws: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
    """Standard normal numbers, [pictures, *shape]."""
    return np.stack([draw.standard_normal(shape, dtype=np.float32) for draw in draws])


def uniform(draws: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
    """Numbers from -1 to 1, [pictures, *shape]."""
    return np.stack([draw.random(shape, dtype=np.float32) * 2 - 1 for draw in draws])
