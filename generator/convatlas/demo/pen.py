"""A pen that draws polygons, discs and lines in coordinates of its own, and where to put it."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from convatlas.demo.canvas import SIDE
from convatlas.demo.colour import Colour

Points = NDArray[np.floating]
"""Points [n, 2], x to the right and y down."""


class Pen:
    """Draws in coordinates of its own: x to the right and y down, from about -1 to 1."""

    def __init__(self, sheet: Image.Image, x: float, y: float, scale: float, angle: float) -> None:
        self.sheet = sheet
        self.origin = (x, y)
        self.scale = scale
        self.angle = angle  # in degrees, clockwise
        self.draw = ImageDraw.Draw(sheet)

    def turned(self, angle: float, scale: float = 1) -> Pen:
        """A pen at the same place, turned and scaled further."""
        return Pen(self.sheet, *self.origin, self.scale * scale, self.angle + angle)

    def place(self, points: ArrayLike) -> list[tuple[float, float]]:
        """Points [n, 2] in fine pixels."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        turn = np.array([[cos, sin], [-sin, cos]])
        turned = np.asarray(points, dtype=np.float64) @ turn * self.scale + self.origin
        return [(float(x), float(y)) for x, y in (turned + 1) * (SIDE / 2)]

    def fill(self, points: ArrayLike, colour: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon(self.place(points), fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, flat: float = 1) -> None:
        """Fill a circle, or an ellipse whose height is ``flat`` times its width."""
        self.fill(ellipse(x, y, radius, radius * flat), colour)

    def line(self, points: ArrayLike, width: float, colour: Colour) -> None:
        """Draw a line with round joints and ends; the width is in the pen's units."""
        placed = self.place(points)
        thick = max(width * self.scale * SIDE / 2, 1.5)
        self.draw.line(placed, fill=colour, width=round(thick), joint="curve")
        for x, y in placed:
            r = thick / 2 - 0.5
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def arc(start: float, stop: float, count: int = 48) -> Points:
    """Points [count, 2] of the unit circle between two angles in degrees."""
    angles = np.radians(np.linspace(start, stop, count))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def ellipse(x: float, y: float, width: float, height: float) -> Points:
    """Points of an ellipse by its centre and half axes."""
    return arc(0, 360) * (width, height) + (x, y)


def put(rng: Generator, sheet: Image.Image, small: float, large: float, turn: float) -> Pen:
    """A pen somewhere near the middle, of a random scale and turned by up to ``turn`` degrees."""
    scale = rng.uniform(small, large)
    room = max(0.85 - scale, 0.08)
    x, y = rng.uniform(-room, room, 2)
    return Pen(sheet, x, y, scale, rng.uniform(-turn, turn))


def crowd(rng: Generator, sheet: Image.Image, turn: float) -> list[Pen]:
    """Pens for one large thing, or for three to five smaller ones that keep apart."""
    if rng.random() < 0.6:
        return [put(rng, sheet, 0.55, 0.85, turn)]
    corners = rng.permutation([(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0, 0)])
    if rng.random() < 0.7:
        corners = corners[np.abs(corners).sum(axis=1) > 0][: rng.integers(3, 5)]
    size = 0.42 if len(corners) < 5 else 0.33
    places = corners + rng.uniform(-0.06, 0.06, corners.shape)
    return [
        Pen(sheet, x, y, size * rng.uniform(0.75, 1), rng.uniform(-turn, turn)) for x, y in places
    ]
