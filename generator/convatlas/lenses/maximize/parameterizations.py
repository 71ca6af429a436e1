"""Parameterisations of a picture: what the optimiser changes, and how it becomes colours.

There is one row of parameters per picture, which depends only on that picture's key.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from convatlas.images.statistics import Statistics, frequencies
from convatlas.lenses.maximize.philox import Stream, normal, uniform
from convatlas.lenses.maximize.recipe import Size

START = 0.01
"""Standard deviation of the initial parameters."""

EDGE = 1 / 512
"""Minimum distance of a given picture's values from 0 and 1 when it is converted to parameters."""

# Lucid's constant: the square root of the covariance of ImageNet's colours, over its largest norm.
IMAGENET_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
IMAGENET_COLOURS /= np.linalg.norm(IMAGENET_COLOURS, axis=0).max()


class Parameterization(Protocol):
    """A parameterisation of pictures [n, channels, height, width] with values from 0 to 1."""

    def start(self, keys: Tensor) -> Tensor:
        """Return the initial parameters, one row for each of the generator's keys [n, 2]."""
        ...

    def to_image(self, parameters: Tensor) -> Tensor:
        """Return the pictures of parameters."""
        ...

    def take(self, pictures: Tensor) -> Tensor:
        """Return the parameters of pictures."""
        ...


def canvas(
    kind: str, channels: int, size: Size, device: torch.device, statistics: Statistics | None
) -> Parameterization:
    """Return the parameterisation of a kind: "fourier", "pixels" or "phase".

    Without statistics, colours are correlated as in ImageNet.
    """
    if kind == "pixels":
        return Pixels(channels, size)
    colours = statistics.colours if statistics else IMAGENET_COLOURS
    matrix = torch.tensor(colours, dtype=torch.float32, device=device) if channels == 3 else None
    if kind == "fourier":
        return Fourier(channels, size, device, matrix)
    assert statistics is not None, "a phase canvas takes its magnitudes from an image set"
    return Phase(channels, size, device, matrix, statistics)


@dataclass(frozen=True)
class Pixels:
    """Plain pixels under a sigmoid."""

    channels: int
    size: Size

    def start(self, keys: Tensor) -> Tensor:
        """Return parameters of nearly grey pictures."""
        return START * _normal(keys, (self.channels, *self.size))

    def to_image(self, parameters: Tensor) -> Tensor:
        """Apply the sigmoid."""
        return sigmoid(parameters)

    def take(self, pictures: Tensor) -> Tensor:
        """Apply the inverse of the sigmoid."""
        return torch.logit(pictures, EDGE)


@dataclass(frozen=True)
class Fourier:
    """Spectra [n, channels, h, w // 2 + 1, 2], in which lower frequencies change faster.

    Olah, Mordvintsev and Schubert, "Feature Visualization" (2017): gradient ascent in a space where
    pixels and colours are decorrelated.
    """

    channels: int
    size: Size
    device: torch.device
    colours: Tensor | None
    weight: Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A quarter of the inverse frequency, as in Lucid, for an orthonormal transform.
        weight = torch.tensor(0.25 / frequencies(self.size), dtype=torch.float32)
        object.__setattr__(self, "weight", weight.to(self.device))

    def start(self, keys: Tensor) -> Tensor:
        """Return parameters of nearly grey pictures."""
        height, width = self.size
        return START * _normal(keys, (self.channels, height, width // 2 + 1, 2))

    def to_image(self, parameters: Tensor) -> Tensor:
        """Transform spectra to decorrelated planes, then to colours from 0 to 1."""
        spectra = torch.view_as_complex(parameters) * self.weight
        planes = torch.fft.irfft2(spectra, s=self.size, norm="ortho")
        return sigmoid(recoloured(self.colours, planes))

    def take(self, pictures: Tensor) -> Tensor:
        """Apply the inverse of ``to_image``."""
        planes = decoloured(self.colours, torch.logit(pictures, EDGE))
        return torch.view_as_real(torch.fft.rfft2(planes, norm="ortho") / self.weight).contiguous()


@dataclass(frozen=True)
class Phase:
    """Phases [n, channels, h, w // 2 + 1] with the mean magnitudes of an image set.

    MACO: Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization" (2023), arXiv 2306.06805.
    """

    channels: int
    size: Size
    device: torch.device
    colours: Tensor | None
    statistics: Statistics = field(repr=False)
    magnitude: Tensor = field(init=False, repr=False)
    mean: Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        magnitude = torch.from_numpy(self.statistics.magnitude(self.size)).to(self.device)
        mean = torch.tensor(self.statistics.mean, dtype=torch.float32, device=self.device)
        object.__setattr__(self, "magnitude", magnitude)
        object.__setattr__(self, "mean", mean.clamp(0.05, 0.95).view(-1, 1, 1))

    def start(self, keys: Tensor) -> Tensor:
        """Return uniformly distributed phases."""
        height, width = self.size
        shape = (self.channels, height, width // 2 + 1)
        draws = uniform(
            keys,
            Stream.START,
            _once(keys),
            math.prod(shape),
        )
        return (math.pi * (2 * draws - 1)).view(len(keys), *shape)

    def to_image(self, parameters: Tensor) -> Tensor:
        """Transform phases to decorrelated planes, then to colours around the mean colour.

        The sigmoid keeps values between 0 and 1; its slope at the mean colour is one.
        """
        # Not torch.polar, whose gradient differs in its last bits at the end of a batch.
        across, up = self.magnitude * torch.cos(parameters), self.magnitude * torch.sin(parameters)
        spectra = torch.complex(across, up)
        planes = torch.fft.irfft2(spectra, s=self.size, norm="ortho")
        contrast = recoloured(self.colours, planes) / (self.mean * (1 - self.mean))
        return sigmoid(torch.logit(self.mean) + contrast)

    def take(self, pictures: Tensor) -> Tensor:
        """Return the phases of given pictures; their magnitudes are lost."""
        contrast = (torch.logit(pictures, EDGE) - torch.logit(self.mean)) * self.mean
        planes = decoloured(self.colours, contrast * (1 - self.mean))
        spectra = torch.fft.rfft2(planes, norm="ortho")
        # One by one, because torch computes the last angles of a batch with other last bits.
        return torch.stack([spectrum.angle() for spectrum in spectra])


def sigmoid(values: Tensor) -> Tensor:
    """Return the sigmoid, bit-identical wherever in a batch a value is (unlike torch's)."""
    return 0.5 + 0.5 * torch.tanh(values / 2)


def recoloured(colours: Tensor | None, planes: Tensor) -> Tensor:
    """Map decorrelated planes [n, 3, h, w] to colours."""
    return planes if colours is None else (colours @ planes.flatten(2)).view_as(planes)


def decoloured(colours: Tensor | None, pictures: Tensor) -> Tensor:
    """Map colours to decorrelated planes; colours that the statistics lack become zero."""
    return pictures if colours is None else recoloured(torch.linalg.pinv(colours), pictures)


def _normal(keys: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return standard normal numbers [n, *shape], each row from its own key."""
    draws = normal(keys, Stream.START, _once(keys), math.prod(shape))
    return draws.view(len(keys), *shape)


def _once(keys: Tensor) -> Tensor:
    """Return the index of the only step for which an initial picture is drawn."""
    return torch.zeros(1, dtype=torch.int64, device=keys.device)
