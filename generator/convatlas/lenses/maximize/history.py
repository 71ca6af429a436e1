"""How a picture came to be: some of the steps, and the responses on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.recipe import Size
from convatlas.lenses.maximize.records import HistoryData

SHOWN = (0, 8, 32, 128, 512, 2048)
"""The steps whose canvas is kept, beside the last."""

FRAME = 64
"""The longest side of what is kept of a canvas, in pixels."""

POINTS = 33
"""At most so many responses are kept."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class History:
    """Frames [h, w, channels] by step, and the objective's value before every step."""

    frames: dict[int, Pixels] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)

    def then(self, other: History) -> History:
        """This and what came after it; the end of this is no end any more."""
        kept = {step: frame for step, frame in self.frames.items() if step in SHOWN}
        return History({**kept, **other.frames}, [*self.values, *other.values])

    @property
    def strip(self) -> Pixels:
        """All frames side by side, [h, frames * w, channels]."""
        return np.concatenate([self.frames[step] for step in sorted(self.frames)], axis=1)

    @property
    def json(self) -> HistoryData:
        """Steps and responses of the curve (None where not finite), and the frames' steps."""
        steps = spread(len(self.values), POINTS)
        return {
            "steps": steps,
            "responses": [_short(self.values[step]) for step in steps],
            "frames": sorted(self.frames),
        }


def spread(count: int, most: int) -> list[int]:
    """At most ``most`` indices below ``count``, evenly spaced, first and last among them."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def frames(pictures: Tensor, size: Size) -> Sequence[Pixels]:
    """Pictures [n, c, h, w] from 0 to 1 as small frames, of the shape that canvases end in."""
    height, width = size
    share = min(1.0, FRAME / max(size))
    small = max(1, round(height * share)), max(1, round(width * share))
    return list(eight_bit(F.interpolate(pictures, small, mode="area")))


def eight_bit(pictures: Tensor) -> Pixels:
    """Pictures [n, c, h, w] from 0 to 1 as arrays [n, h, w, c] from 0 to 255."""
    rounded = (pictures * 255).round().to(torch.uint8)
    values: Pixels = rounded.permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return values
