"""How a picture is parameterised: what the optimiser moves, and how that becomes colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.maximize.draws import normal

Paint = Callable[[Tensor], Tensor]
"""From parameters to pictures [n, channels, h, w] with values from 0 to 1."""

Canvas = Callable[
    [Sequence[np.random.Generator], int, tuple[int, int], torch.device], tuple[Tensor, Paint]
]
"""From each picture's generator, channels, [height, width] and device to parameters and paint."""

START = 0.01
"""Standard deviation of the parameters at the start."""

# Lucid's constant: the square root of the covariance of ImageNet's colours, over its largest norm.
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
COLOURS /= np.linalg.norm(COLOURS, axis=0).max()


def fourier(
    draws: Sequence[np.random.Generator],
    channels: int,
    size: tuple[int, int],
    device: torch.device,
) -> tuple[Tensor, Paint]:
    """Spectra [n, channels, h, w // 2 + 1, 2] with decorrelated colours.

    Lower frequencies move faster.

    Olah, Mordvintsev and Schubert, "Feature Visualization" (2017): descending along the gradient of
    a picture whose pixels and colours are decorrelated.
    """
    height, width = size
    shape = (channels, height, width // 2 + 1, 2)
    start = torch.from_numpy(normal(draws, shape) * START).to(device)
    weight = torch.from_numpy(_falling(height, width)).to(device)
    colours = torch.from_numpy(COLOURS).to(device)

    def paint(spectra: Tensor) -> Tensor:
        planes = torch.fft.irfft2(torch.view_as_complex(spectra) * weight, s=size, norm="ortho")
        if channels == 3:
            planes = (colours @ planes.flatten(2)).view_as(planes)
        return torch.sigmoid(planes)

    return start, paint


def _falling(height: int, width: int) -> NDArray[np.float32]:
    """The weight of each frequency: a quarter of its inverse, as in Lucid (orthonormal)."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.maximum(np.sqrt(rows**2 + columns**2), 1 / max(height, width))
    return np.asarray(0.25 / frequency, np.float32)


def pixels(
    draws: Sequence[np.random.Generator],
    channels: int,
    size: tuple[int, int],
    device: torch.device,
) -> tuple[Tensor, Paint]:
    """Plain pixels under a sigmoid, [n, channels, h, w]."""
    start = torch.from_numpy(normal(draws, (channels, *size)) * START).to(device)
    return start, torch.sigmoid


CANVASES: dict[str, Canvas] = {"fourier": fourier, "pixels": pixels}
