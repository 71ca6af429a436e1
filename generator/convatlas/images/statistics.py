"""What the pictures of a set have in common: how their colours go together, and their spectra."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convatlas.errors import RenderError
from convatlas.model.records import Json, digest

Floats = NDArray[np.floating]

GRID = 64
"""The most frequencies along an axis, negative ones included, that a spectrum is kept at."""

DIGITS = 4
"""Significant digits of what is kept."""

FAINT = 1e-3
"""A decorrelated colour of less than this share of the strongest is taken for none (grey sets)."""

_FLAT = 1e-9
"""A variance of colours up to which pictures show nothing: a hundredth of an eight-bit step."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Colours and spectra of a set of pictures with one or three channels, values from 0 to 1.

    ``colours`` [channels, channels] turns decorrelated planes into colours, a row for each channel:
    ``colours @ planes + mean``. ``mean`` [channels] is the mean colour. ``spectrum`` [channels,
    rows, columns] is the mean magnitude of the decorrelated planes' spectra, times frequency in
    cycles per pixel, so that it is nearly flat; rows stand at ``fftfreq(rows)``, columns at
    ``rfftfreq(2 * (columns - 1))``. Its transform is orthonormal, so that it says the same of
    canvases of all sizes.

    The colours are those of Lucid (``color_correlation_svd_sqrt``, over its largest norm). The
    magnitudes are what MACO holds fixed: Fel et al., "Unlocking Feature Visualization for Deeper
    Networks with MAgnitude Constrained Optimization" (2023), arXiv 2306.06805.
    """

    colours: Floats
    mean: Floats
    spectrum: Floats

    @classmethod
    def of(cls, value: Json) -> Statistics:
        """The statistics of their JSON data; further keys are passed over."""
        names = ("colours", "mean", "spectrum")
        return cls(*(np.array(value[name], np.float64) for name in names))

    @property
    def json(self) -> Json:
        """The statistics as JSON data."""
        return {
            "colours": self.colours.tolist(),
            "mean": self.mean.tolist(),
            "spectrum": self.spectrum.tolist(),
        }

    @property
    def digest(self) -> str:
        """The digest of the JSON data: what a record depends on that is made from it."""
        return digest(self.json)

    def magnitude(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """The mean magnitudes [channels, height, width // 2 + 1] on a canvas of a size.

        They go with ``irfft2(norm="ortho")``. There is none at frequency zero: the mean colour is
        kept apart.
        """
        flat = resampled(self.spectrum, 2 * (self.spectrum.shape[2] - 1), size)
        magnitude = flat / frequencies(size)
        magnitude[:, 0, 0] = 0
        return magnitude.astype(np.float32)


def measure(look: Callable[[], Iterable[Floats]]) -> Statistics:
    """The statistics of pictures [channels, height, width] of one size, values from 0 to 1.

    ``look`` goes through the pictures, at least one; it is called twice, for the spectra are of
    planes that are known only when all colours have been seen.

    Raises:
        RenderError: all pictures are of the same single colour.
    """
    mean, covariance = _moments(look())
    if np.trace(covariance) <= _FLAT:
        raise RenderError("every picture is of one and the same colour; add pictures to the set")
    mean, colours = rounded(mean), rounded(correlation(covariance))
    return Statistics(colours, mean, rounded(_spectrum(look(), mean, colours)))


def _moments(pictures: Iterable[Floats]) -> tuple[Floats, Floats]:
    """The mean [channels] and the covariance [channels, channels] of all pixels' colours."""
    count, total, products = 0, np.zeros(()), np.zeros(())
    for picture in pictures:
        pixels = picture.reshape(len(picture), -1).astype(np.float64)
        count += pixels.shape[1]
        total = total + pixels.sum(axis=1)
        products = products + pixels @ pixels.T
    mean = total / count
    return mean, products / count - np.outer(mean, mean)


def correlation(covariance: Floats) -> Floats:
    """The square root of a covariance of colours by its singular values, over its largest norm.

    A column for each decorrelated colour, the strongest first, red (where it has any) positive;
    all zero for those that the pictures do not have. One channel is left as it is.
    """
    if len(covariance) == 1:
        return np.ones((1, 1))
    vectors, values, _ = np.linalg.svd(covariance)
    lengths = np.sqrt(values / values[0])
    lengths[lengths < FAINT] = 0
    signs = np.where(vectors[0] < 0, -1, 1)
    columns: Floats = vectors * signs * lengths
    return columns


def _spectrum(pictures: Iterable[Floats], mean: Floats, colours: Floats) -> Floats:
    """The mean magnitude of the decorrelated planes' spectra times frequency, on the grid."""
    decorrelate = np.linalg.pinv(colours, rcond=FAINT / 2)
    count, total, size = 0, np.zeros(()), (0, 0)
    for picture in pictures:
        centred = picture.reshape(len(picture), -1) - mean[:, None]
        size = picture.shape[1], picture.shape[2]
        planes = (decorrelate @ centred).reshape(picture.shape)
        total = total + np.abs(np.fft.rfft2(planes, norm="ortho"))
        count += 1
    flat = total / count * frequencies(size)
    # How bright pictures are as a whole says nothing of the lowest frequencies beside it.
    flat[:, 0, 0] = (flat[:, 1 % flat.shape[1], 0] + flat[:, 0, 1 % flat.shape[2]]) / 2
    # Even, so that the number of columns tells how many there were before the halving.
    rows, columns = (min(GRID, side + side % 2) for side in size)
    return resampled(flat, size[1], (rows, columns))


def frequencies(size: tuple[int, int]) -> Floats:
    """The frequencies [height, width // 2 + 1] of a canvas in cycles per pixel.

    Frequency zero counts as the lowest beside it, so that it can be divided by.
    """
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None]
    lengths: Floats = np.hypot(rows, columns)
    return np.maximum(lengths, 1 / max(size))


def resampled(half: Floats, width: int, size: tuple[int, int]) -> Floats:
    """Magnitudes [channels, h, width // 2 + 1] of real pictures on another canvas's frequencies.

    Linear along both axes, between more frequencies; among fewer, a mean weighted by nearness.
    """
    mirrored = np.roll(half[:, ::-1], 1, axis=1)  # a real picture's spectrum is point symmetric
    whole = np.concatenate([half, mirrored[:, :, (width + 1) // 2 - 1 : 0 : -1]], axis=2)
    rows, columns = _nearness(half.shape[1], size[0]), _nearness(width, size[1])
    moved: Floats = rows @ whole @ columns[: size[1] // 2 + 1].T
    return moved


def _nearness(before: int, after: int) -> Floats:
    """How much each of the frequencies before weighs in each of those after: [after, before]."""
    apart = np.fft.fftfreq(after)[:, None] - np.fft.fftfreq(before)
    apart = np.abs(apart - np.rint(apart))  # frequencies come round after one cycle per pixel
    near = np.clip(1 - apart * min(before, after), 0, None)
    weights: Floats = near / near.sum(axis=1, keepdims=True)
    return weights


def rounded(values: Floats) -> Floats:
    """The same to a few significant digits, without negative zeros."""
    texts = [f"{value:.{DIGITS}g}" for value in values.ravel().tolist()]
    return np.array([float(text) for text in texts]).reshape(values.shape) + 0.0
