"""Pictures of made things: stars, gems, crosses, letters, faces, houses, balloons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from convatlas.demo.canvas import Sketch, backdrop, laid, layer
from convatlas.demo.colour import Colour, darker, oklch, palette, shade
from convatlas.demo.pen import Pen, Points, arc, crowd, ellipse, put

LETTERS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "A": (((-0.6, 0.8), (0, -0.8), (0.6, 0.8)), ((-0.38, 0.25), (0.38, 0.25))),
    "E": (((0.5, -0.8), (-0.45, -0.8), (-0.45, 0.8), (0.5, 0.8)), ((-0.45, 0), (0.35, 0))),
    "F": (((0.5, -0.8), (-0.45, -0.8), (-0.45, 0.8)), ((-0.45, 0), (0.35, 0))),
    "H": (((-0.5, -0.8), (-0.5, 0.8)), ((0.5, -0.8), (0.5, 0.8)), ((-0.5, 0), (0.5, 0))),
    "K": (((-0.45, -0.8), (-0.45, 0.8)), ((0.5, -0.8), (-0.4, 0.1)), ((-0.1, -0.15), (0.5, 0.8))),
    "M": (((-0.65, 0.8), (-0.6, -0.8), (0, 0.35), (0.6, -0.8), (0.65, 0.8)),),
    "N": (((-0.5, 0.8), (-0.5, -0.8), (0.5, 0.8), (0.5, -0.8)),),
    "R": (
        ((-0.45, 0.8), (-0.45, -0.8), (0.2, -0.8), (0.47, -0.6), (0.47, -0.25), (0.2, 0)),
        ((0.2, 0), (-0.45, 0)),
        ((0, 0), (0.5, 0.8)),
    ),
    "W": (((-0.7, -0.8), (-0.35, 0.8), (0, -0.4), (0.35, 0.8), (0.7, -0.8)),),
    "Y": (((-0.55, -0.8), (0, 0), (0.55, -0.8)), ((0, 0), (0, 0.8))),
    "Z": (((-0.5, -0.8), (0.5, -0.8), (-0.5, 0.8), (0.5, 0.8)),),
}
"""Strokes of capital letters, as corners."""


def spikes(points: int, inner: float) -> Points:
    """Corners of a star."""
    corners = arc(-90, 270, 2 * points + 1)[:-1]
    corners[1::2] *= inner
    return corners


def star(rng: Generator) -> Sketch:
    """Stars with folded points."""
    colours = palette(rng, 4)
    sheet, points, inner = layer(), int(rng.choice([5, 5, 6, 8])), rng.uniform(0.38, 0.52)
    for pen in crowd(rng, sheet, 36):
        corners = spikes(points, inner)
        pen.fill(corners, colours[0])
        for i in range(0, 2 * points, 2):
            pen.fill([(0, 0), corners[i], corners[i - 1]], shade(colours[0], 0.72))
    return laid(rng, backdrop(rng, colours[1:]), sheet)


def polygon(rng: Generator) -> Sketch:
    """Gems: regular polygons with three to eight sides and a flat top."""
    colours = palette(rng, 4)
    sheet, sides = layer(), int(rng.choice([3, 4, 5, 6, 8]))
    table = rng.uniform(0.35, 0.65)
    for pen in crowd(rng, sheet, 180):
        corners = arc(-90, 270, sides + 1)
        for i in range(sides):
            facet = (corners[i], corners[i + 1], corners[i + 1] * table, corners[i] * table)
            pen.fill(facet, shade(colours[0], 0.7 + 0.5 * (i % 3) / 2))
        pen.fill(corners * table, shade(colours[0], 1.3))
    return laid(rng, backdrop(rng, colours[1:]), sheet)


def cross(rng: Generator) -> Sketch:
    """Crosses, upright or lying, with a border."""
    colours = palette(rng, 5)
    sheet, arm = layer(), rng.uniform(0.2, 0.34)
    lean = rng.choice([0, 45])
    for pen in [pen.turned(lean) for pen in crowd(rng, sheet, 15)]:
        for margin, colour in ((0.0, darker(colours[0])), (0.09, colours[0])):
            wide, long = arm - margin, 0.95 - margin
            pen.fill([(-wide, -long), (wide, -long), (wide, long), (-wide, long)], colour)
            pen.fill([(-long, -wide), (long, -wide), (long, wide), (-long, wide)], colour)
    return laid(rng, backdrop(rng, colours[1:]), sheet)


def letter(rng: Generator) -> Sketch:
    """A capital letter, outlined."""
    colours = palette(rng, 5)
    sheet = layer()
    pen = put(rng, sheet, 0.65, 0.9, 15)
    strokes = LETTERS[str(rng.choice(list(LETTERS)))]
    width = rng.uniform(0.2, 0.34)
    for extra, colour in ((0.16, darker(colours[0])), (0.0, colours[0])):
        for stroke in strokes:
            pen.line(stroke, width + extra, colour)
    return laid(rng, backdrop(rng, colours[1:]), sheet)


def eye(pen: Pen, x: float, look: float, iris: Colour) -> None:
    """An eye that looks a little aside."""
    pen.disc(x, -0.1, 0.21, (250, 250, 248), flat=0.85)
    pen.disc(x + look, -0.1, 0.125, iris)
    pen.disc(x + look, -0.1, 0.065, (15, 15, 25))
    pen.disc(x + look - 0.04, -0.15, 0.035, (255, 255, 255))


def face(rng: Generator) -> Sketch:
    """A face with hair, eyes, brows, nose, cheeks and a mouth."""
    colours = palette(rng, 4)
    light = rng.uniform(0.52, 0.87)
    skin = oklch(light, rng.uniform(0.06, 0.09), rng.uniform(48, 70))
    hair = oklch(light - rng.uniform(0.22, 0.4), rng.uniform(0.02, 0.12), rng.uniform(25, 80))
    sheet = layer()
    pen = put(rng, sheet, 0.68, 0.85, 15)
    long = rng.uniform(0.2, 1.0)
    pen.fill(np.vstack([arc(180, 360) * (0.92, 0.98), [(0.9, long), (-0.9, long)]]), hair)
    pen.fill(ellipse(0, 0.08, 0.76, rng.uniform(0.84, 0.92)), skin)
    pen.fill(np.vstack([arc(200, 340) * (0.86, 0.92), [(0.1, -0.42), (-0.3, -0.5)]]), hair)
    look, iris = rng.uniform(-0.06, 0.06), oklch(0.5, 0.12, rng.uniform(50, 280))
    brow = rng.uniform(-0.08, 0.05)
    for side in (-1, 1):
        pen.disc(side * 0.46, 0.28, 0.14, oklch(light - 0.06, 0.12, 32), flat=0.75)
        eye(pen, side * 0.32, look, iris)
        pen.line([(side * 0.16, -0.36 - brow), (side * 0.48, -0.36 + brow)], 0.07, hair)
    pen.line([(0, 0.02), (-0.06, 0.25), (0.05, 0.26)], 0.05, shade(skin, 0.7))
    smile = arc(20, 160, 12) * (rng.uniform(0.24, 0.38), rng.uniform(0.12, 0.3)) + (0, 0.42)
    pen.fill(smile, oklch(0.5, 0.15, 20))
    return laid(rng, backdrop(rng, colours), sheet)


def block(rng: Generator, pen: Pen, box: tuple[float, float, float, float], wall: Colour) -> None:
    """One building: a wall with rows of windows, lit and unlit, and a roof."""
    left, top, right, bottom = box
    pen.fill([(left, top), (right, top), (right, bottom), (left, bottom)], wall)
    if rng.random() < 0.4:
        peak = (left + right) / 2, top - 0.25
        pen.fill([(left - 0.04, top), peak, (right + 0.04, top)], shade(wall, 0.6))
    else:
        pen.line([(left, top), (right, top)], 0.08, shade(wall, 0.6))
    lit, unlit = oklch(0.9, 0.13, rng.uniform(70, 105)), shade(wall, rng.uniform(0.3, 0.5))
    pitch = rng.uniform(0.17, 0.24)
    columns, rows = round((right - left) / pitch), int((bottom - top - 0.05) / (1.25 * pitch))
    wide = (right - left) / columns
    for column in range(columns):
        for row in range(rows):
            x, y = left + wide * (column + 0.24), top + 0.1 + 1.25 * pitch * row
            pane = [(x, y), (x + 0.52 * wide, y), (x + 0.52 * wide, y + 0.75 * pitch)]
            pen.fill([*pane, (x, y + 0.75 * pitch)], lit if rng.random() < 0.55 else unlit)


def building(rng: Generator) -> Sketch:
    """A street front of one to three buildings with many windows, by day or night."""
    sky = [oklch(rng.uniform(0.25, 0.9), 0.08, rng.uniform(200, 320)) for _ in range(2)]
    sheet = layer()
    pen = Pen(sheet, 0, 0, 1, rng.uniform(-4, 4))
    count = int(rng.integers(1, 4))
    edges = np.linspace(-0.95, 0.95, count + 1) + rng.uniform(-0.08, 0.08, count + 1)
    if count == 1:
        edges = np.array([-0.6, 0.6]) + rng.uniform(-0.2, 0.2, 2)
    for i, wall in enumerate(palette(rng, count + 1, light=(0.4, 0.75))[:count]):
        block(rng, pen, (edges[i], rng.uniform(-0.7, -0.1), edges[i + 1], 1.2), wall)
    return laid(rng, backdrop(rng, [*sky, (240, 240, 250)]), sheet)


def balloon(rng: Generator) -> Sketch:
    """A hot-air balloon in the sky: coloured gores, ropes and a basket."""
    sky = [oklch(rng.uniform(0.55, 0.9), 0.08, rng.uniform(190, 290)) for _ in range(2)]
    colours = palette(rng, int(rng.integers(2, 4)))
    sheet = layer()
    pen = put(rng, sheet, 0.6, 0.85, 14)
    for side in (-1, 1):
        pen.line([(side * 0.4, 0.35), (side * 0.13, 0.85)], 0.035, (70, 50, 40))
    pen.fill([(-0.17, 0.78), (0.17, 0.78), (0.13, 1.02), (-0.13, 1.02)], (140, 90, 50))
    height = np.linspace(0, 1, 30)
    half = 0.72 * np.sqrt(np.sin(np.pi * height**0.8 * 0.93))
    gores = int(rng.choice([5, 7, 9]))
    bounds = np.sin(np.linspace(-np.pi / 2, np.pi / 2, gores + 1))  # a globe seen from the side
    for i in range(gores):
        left, right = (np.stack([half * b, 1.5 * height - 1], axis=1) for b in bounds[i : i + 2])
        pen.fill(np.vstack([left, right[::-1]]), colours[i % len(colours)])
    return laid(rng, backdrop(rng, [*sky, (250, 250, 255)]), sheet)


PAINTERS: dict[str, Callable[[Generator], Sketch]] = {
    "star": star,
    "polygon": polygon,
    "cross": cross,
    "letter": letter,
    "face": face,
    "building": building,
    "balloon": balloon,
}
