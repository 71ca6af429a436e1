"""The optimisation history of a picture: some of its steps, and the responses on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.recipe import Size
from convatlas.lenses.maximize.records import HistoryData
from convatlas.lenses.parts.spread import spread

SHOWN = (0, 8, 32, 128, 512, 2048)
"""Steps at which the canvas is kept, in addition to the last."""

FRAME = 64
"""Longest side of a kept canvas, in pixels."""

POINTS = 33
"""Maximum number of responses that are kept."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class History:
    """Frames [h, w, channels] by step, and the value of the objective before each step."""

    frames: dict[int, Pixels] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)

    def then(self, other: History) -> History:
        """Append a later history; this one's last frame is dropped unless its step is in SHOWN."""
        kept = {step: frame for step, frame in self.frames.items() if step in SHOWN}
        return History({**kept, **other.frames}, [*self.values, *other.values])

    @property
    def strip(self) -> Pixels:
        """All frames side by side: [h, frames * w, channels]."""
        return np.concatenate([self.frames[step] for step in sorted(self.frames)], axis=1)

    @property
    def json(self) -> HistoryData:
        """Steps and responses of the curve (None if not finite), and the steps of the frames."""
        steps = spread(len(self.values), POINTS)
        return {
            "steps": steps,
            "responses": [_short(self.values[step]) for step in steps],
            "frames": sorted(self.frames),
        }


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def frames(pictures: Tensor, size: Size) -> Tensor:
    """Reduce pictures [n, c, h, w] from 0 to 1 to frames with the final canvas's aspect ratio.

    They are as ``eight_bit`` returns them, but stay where the pictures are.
    """
    height, width = size
    share = min(1.0, FRAME / max(size))
    small = max(1, round(height * share)), max(1, round(width * share))
    return _rounded(F.interpolate(pictures, small, mode="area"))


def eight_bit(pictures: Tensor) -> Pixels:
    """Convert pictures [n, c, h, w] from 0 to 1 to arrays [n, h, w, c] from 0 to 255."""
    return on_host(_rounded(pictures))


def on_host(pictures: Tensor) -> Pixels:
    """Copy pictures of whole numbers to main memory."""
    values: Pixels = pictures.cpu().numpy()
    return values


def _rounded(pictures: Tensor) -> Tensor:
    return (pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
