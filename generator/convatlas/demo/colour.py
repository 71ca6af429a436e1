"""Colours that go well together, chosen where steps look even: in the OKLCH colour space."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Colour = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""

SCHEMES = ((0, 25, 50), (0, 180, 20), (0, 120, 240), (0, 150, 210), (0, 60, 200))
"""Hue differences, in degrees, that painters call analogous, complementary, triadic and so on."""

# Björn Ottosson, "A perceptual color space for image processing", 2020.
CONE = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """The nearest colour of the screen; lightness 0 to 1, chroma 0 to about 0.3, hue in degrees."""
    angle = math.radians(hue)
    lab = np.array([lightness, chroma * math.cos(angle), chroma * math.sin(angle)])
    linear = np.clip(LINEAR @ (CONE @ lab) ** 3, 0, 1)
    curve = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(255 * float(value)) for value in curve)
    return red, green, blue


def palette(rng: Generator, count: int, light: tuple[float, float] = (0.3, 0.93)) -> list[Colour]:
    """``count`` colours of one scheme, evenly spread over a range of lightness, in random order."""
    base = rng.uniform(0, 360)
    scheme = SCHEMES[rng.integers(len(SCHEMES))]
    steps = np.linspace(light[0], light[1], count) + rng.uniform(-0.05, 0.05, count)
    hues = [base + scheme[i % len(scheme)] + rng.uniform(-10, 10) for i in range(count)]
    chroma = rng.uniform(0.09, 0.2, count)
    return [oklch(float(steps[i]), float(chroma[i]), hues[i]) for i in rng.permutation(count)]


def shade(colour: Colour, factor: float) -> Colour:
    """A colour made darker (``factor`` from 0 to 1) or lighter (from 1 to 2: white)."""
    target, part = (255, factor - 1) if factor > 1 else (0, 1 - factor)
    red, green, blue = (round(c + (target - c) * part) for c in colour)
    return red, green, blue


def darker(colour: Colour) -> Colour:
    """The colour of an outline."""
    return shade(colour, 0.55)


def blend(
    first: Colour, second: Colour, part: NDArray[np.floating] | float
) -> NDArray[np.floating]:
    """Colours between two, [..., 3] from 0 to 255: the second where ``part`` is 1."""
    start = np.array(first, np.float32)
    step = np.array(second, np.float32) - start
    mixed: NDArray[np.floating] = start + np.asarray(part, np.float32)[..., None] * step
    return mixed
