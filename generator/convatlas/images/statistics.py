"""Statistics of an image set: how its colours are correlated, and its mean spectrum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convatlas.errors import RenderError
from convatlas.model.records import Json, digest

Floats = NDArray[np.floating]

GRID = 64
"""Maximum number of frequencies along an axis of a stored spectrum, including negative ones."""

DIGITS = 4
"""Significant digits of stored values."""

FAINT = 1e-3
"""A decorrelated colour weaker than this share of the strongest counts as none (grey sets)."""

_FLAT = 1e-9
"""Pictures show nothing up to this variance of colours, a hundredth of an 8-bit step."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Colours and spectra of a set of pictures with one or three channels, values from 0 to 1.

    The colours are those of Lucid (``color_correlation_svd_sqrt`` divided by its largest norm). The
    magnitudes are those that MACO keeps fixed: Fel et al., "Unlocking Feature Visualization for
    Deeper Networks with MAgnitude Constrained Optimization" (2023), arXiv 2306.06805.

    Attributes:
        colours: The matrix [channels, channels] that maps decorrelated planes to colours, ``colours
            @ planes + mean``; one row for each channel.
        mean: The mean colour [channels].
        spectrum: The mean magnitude of the decorrelated planes' spectra [channels, rows, columns],
            multiplied by the frequency in cycles per pixel so that it is nearly flat. Rows are at
            ``fftfreq(rows)``, columns at ``rfftfreq(2 * (columns - 1))``. The transform is
            orthonormal, so that the values hold for canvases of any size.
    """

    colours: Floats
    mean: Floats
    spectrum: Floats

    @classmethod
    def of(cls, value: Json) -> Statistics:
        """Return the statistics from JSON data; other keys are ignored."""
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
        """The digest of the JSON data, on which the keys of dependent records are based."""
        return digest(self.json)

    def magnitude(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """Return the mean magnitudes on a canvas of a size: [channels, height, width // 2 + 1].

        They are for ``irfft2(norm="ortho")``, and zero at frequency zero because the mean colour is
        stored separately.
        """
        flat = resampled(self.spectrum, 2 * (self.spectrum.shape[2] - 1), size)
        magnitude = flat / frequencies(size)
        magnitude[:, 0, 0] = 0
        return magnitude.astype(np.float32)


def measure(look: Callable[[], Iterable[Floats]]) -> Statistics:
    """Compute the statistics of pictures [channels, height, width] of one size, values from 0 to 1.

    ``look`` returns an iterable over the pictures, at least one. It is called twice, because the
    spectra are of planes that are known only after all colours have been seen.

    Raises:
        RenderError: all pictures are of the same single colour.
    """
    mean, covariance = _moments(look())
    if np.trace(covariance) <= _FLAT:
        raise RenderError("every picture is of one and the same colour; add pictures to the set")
    mean, colours = rounded(mean), rounded(correlation(covariance))
    return Statistics(colours, mean, rounded(_spectrum(look(), mean, colours)))


def _moments(pictures: Iterable[Floats]) -> tuple[Floats, Floats]:
    """Return the mean [channels] and covariance [channels, channels] of all pixels' colours."""
    count, total, products = 0, np.zeros(()), np.zeros(())
    for picture in pictures:
        pixels = picture.reshape(len(picture), -1).astype(np.float64)
        count += pixels.shape[1]
        total = total + pixels.sum(axis=1)
        products = products + pixels @ pixels.T
    mean = total / count
    return mean, products / count - np.outer(mean, mean)


def correlation(covariance: Floats) -> Floats:
    """Return the square root of a colour covariance, by singular values, over its largest norm.

    There is one column for each decorrelated colour, strongest first, with red (if any) positive;
    colours that the pictures lack are all zero. A single channel stays as it is.
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
    """Return the mean magnitude of the planes' spectra times frequency, on the grid."""
    decorrelate = np.linalg.pinv(colours, rcond=FAINT / 2)
    count, total, size = 0, np.zeros(()), (0, 0)
    for picture in pictures:
        centred = picture.reshape(len(picture), -1) - mean[:, None]
        size = picture.shape[1], picture.shape[2]
        planes = (decorrelate @ centred).reshape(picture.shape)
        total = total + np.abs(np.fft.rfft2(planes, norm="ortho"))
        count += 1
    flat = total / count * frequencies(size)
    # Overall brightness, at frequency zero, says nothing about the lowest frequencies.
    flat[:, 0, 0] = (flat[:, 1 % flat.shape[1], 0] + flat[:, 0, 1 % flat.shape[2]]) / 2
    # Even, so that the number of columns before the halving can be derived.
    rows, columns = (min(GRID, side + side % 2) for side in size)
    return resampled(flat, size[1], (rows, columns))


def frequencies(size: tuple[int, int]) -> Floats:
    """Return the frequencies of a canvas in cycles per pixel, [height, width // 2 + 1].

    Frequency zero is replaced with the lowest one next to it, to allow division.
    """
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None]
    lengths: Floats = np.hypot(rows, columns)
    return np.maximum(lengths, 1 / max(size))


def resampled(half: Floats, width: int, size: tuple[int, int]) -> Floats:
    """Resample magnitudes [channels, h, width // 2 + 1] of real pictures to another canvas.

    ``width`` is that of the pictures, ``size`` the new height and width. Linear along both axes;
    with fewer frequencies, a mean weighted by distance.
    """
    mirrored = np.roll(half[:, ::-1], 1, axis=1)  # a real picture's spectrum is symmetric
    whole = np.concatenate([half, mirrored[:, :, (width + 1) // 2 - 1 : 0 : -1]], axis=2)
    rows, columns = _nearness(half.shape[1], size[0]), _nearness(width, size[1])
    moved: Floats = rows @ whole @ columns[: size[1] // 2 + 1].T
    return moved


def _nearness(before: int, after: int) -> Floats:
    """Return the weight of each old frequency in each new one: [after, before]."""
    apart = np.fft.fftfreq(after)[:, None] - np.fft.fftfreq(before)
    apart = np.abs(apart - np.rint(apart))  # frequencies are periodic in one cycle per pixel
    near = np.clip(1 - apart * min(before, after), 0, None)
    weights: Floats = near / near.sum(axis=1, keepdims=True)
    return weights


def rounded(values: Floats) -> Floats:
    """Round values to a few significant digits, without negative zeros."""
    texts = [f"{value:.{DIGITS}g}" for value in values.ravel().tolist()]
    return np.array([float(text) for text in texts]).reshape(values.shape) + 0.0
