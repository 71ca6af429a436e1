"""Pictures that are the same all over: stripes, dots, bricks, wood, scales and the like."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from convatlas.demo.canvas import Grid, Sketch, noise, painted, plane, square
from convatlas.demo.colour import blend, oklch, palette


def banded(rng: Generator, phase: Grid) -> Sketch:
    """Two to four colours in bands of unequal width, repeated for each unit of ``phase``."""
    colours = np.array(palette(rng, int(rng.integers(2, 5))), np.float32)
    widths = rng.uniform(0.6, 1.4, len(colours))
    edges = np.cumsum(widths / widths.sum())[:-1]
    band = np.searchsorted(edges, phase % 1)
    return painted(colours[band], band / len(colours))


def per_cell(rng: Generator, choices: int, column: Grid, row: Grid) -> NDArray[np.int64]:
    """A random number below ``choices`` for each cell of a lattice."""
    table: NDArray[np.int64] = rng.integers(choices, size=(32, 32))
    return np.asarray(table[row.astype(int) % 32, column.astype(int) % 32])


def stripes(rng: Generator, angle: float) -> Sketch:
    """Straight bands whose normal stands at about ``angle`` degrees to the horizontal."""
    across, _ = plane(rng, rng.uniform(2, 6), angle + rng.uniform(-13, 13), warp=0.06)
    return banded(rng, across)


def dots(rng: Generator) -> Sketch:
    """Discs on a lattice, square or staggered, in one or more colours."""
    x, y = plane(rng, rng.uniform(3.5, 8), rng.uniform(-45, 45))
    row = np.floor(y)
    x = x + 0.5 * (row % 2) * int(rng.integers(2))
    column = np.floor(x)
    distance = np.hypot(x - column - 0.5, y - row - 0.5)
    ground, *inks = palette(rng, int(rng.integers(2, 5)))
    ink = np.array(inks)[per_cell(rng, len(inks), column, row)]
    inside = distance < rng.uniform(0.27, 0.42)
    return painted(np.where(inside[..., None], ink, ground), inside)


def checks(rng: Generator) -> Sketch:
    """A chess board, or gingham: stripes across stripes."""
    x, y = plane(rng, rng.uniform(4, 9), rng.uniform(-45, 45), warp=0.1)
    column, row = np.floor(x) % 2, np.floor(y) % 2
    dark, light = palette(rng, 2)
    part = (column + row) / 2 if rng.random() < 0.4 else (column + row) % 2
    return painted(blend(dark, light, part), part * 0.5)


def polar(rng: Generator) -> tuple[Grid, Grid]:
    """Distance and angle (in turns) from a point not far from the middle, a little bent."""
    x, y = square()
    x = x - rng.uniform(-0.35, 0.35) + 0.04 * noise(rng, 3, 3)
    y = (y - rng.uniform(-0.35, 0.35)) * rng.uniform(0.8, 1.25)
    return np.hypot(x, y), np.arctan2(y, x) / (2 * math.pi)


def rings(rng: Generator) -> Sketch:
    """Circles round one point."""
    distance, _ = polar(rng)
    return banded(rng, distance * rng.uniform(1.8, 4.5) + rng.random())


def spiral(rng: Generator) -> Sketch:
    """One to three arms wound round one point, either way."""
    distance, turn = polar(rng)
    arms = int(rng.integers(1, 4) * rng.choice([-1, 1]))
    return banded(rng, distance * rng.uniform(1.4, 3.2) + arms * turn + rng.random())


def bricks(rng: Generator) -> Sketch:
    """A wall of bricks in shifted rows with mortar between."""
    x, y = plane(rng, rng.uniform(5, 9), rng.uniform(-8, 8), warp=0.06)
    row = np.floor(y)
    x = x / rng.uniform(1.8, 2.6) + 0.5 * (row % 2)
    column = np.floor(x)
    joint = rng.uniform(0.09, 0.15)
    brick = (y - row > joint) & (x - column > joint / 2)
    hue, light = rng.uniform(-10, 80), rng.uniform(0.38, 0.62)
    tones = [oklch(light + t, rng.uniform(0.06, 0.14), hue + 90 * t) for t in (-0.08, 0, 0.05, 0.1)]
    clay = np.array(tones)[per_cell(rng, len(tones), column, row)]
    clay = clay + 10 * noise(rng, 40, 40)[..., None]
    mortar = oklch(rng.choice([0.3, 0.85]), 0.02, hue)
    return painted(np.where(brick[..., None], clay, mortar), brick)


def waves(rng: Generator) -> Sketch:
    """Rows of waves, each paler towards its crest, where it foams."""
    x, y = plane(rng, rng.uniform(4, 7), rng.uniform(-14, 14), warp=0.12)
    swell = math.pi * rng.uniform(0.4, 0.7) * x
    shape = np.abs(np.sin(swell)) if rng.random() < 0.5 else np.sin(2 * swell) / 2
    phase = y + rng.uniform(0.55, 0.85) * shape
    depth = phase - np.floor(phase)
    deep, pale = palette(rng, 2, light=(0.38, 0.8))
    foam = depth < rng.uniform(0.08, 0.16)
    water = blend(pale, deep, np.clip(depth * 1.1, 0, 1))
    return painted(np.where(foam[..., None], oklch(0.97, 0.02, 220), water), 1 - depth)


def wood(rng: Generator) -> Sketch:
    """Grain that flows round one to three knots."""
    x, y = plane(rng, 2, float(rng.choice([0, 90])) + rng.uniform(-15, 15), warp=0)
    x, y = x - x.mean(), y - y.mean()
    phase = rng.uniform(3, 6) * x + 0.7 * noise(rng, 2, 5)
    for _ in range(rng.integers(1, 4)):
        side, along = x - rng.uniform(-0.9, 0.9), y - rng.uniform(-0.9, 0.9)
        width = rng.uniform(0.15, 0.3)
        bump = np.exp(-((side / width) ** 2) - (along / (2 * width)) ** 2)
        phase = phase + rng.uniform(1.5, 3) * bump
    ring = (phase % 1) ** 2
    hue, light = rng.uniform(35, 80), rng.uniform(0.55, 0.78)
    pale, dark = oklch(light, 0.09, hue), oklch(light - rng.uniform(0.2, 0.3), 0.08, hue - 12)
    return painted(blend(pale, dark, ring) + 8 * noise(rng, 60, 60)[..., None], 1 - ring * 0.4)


def scales(rng: Generator) -> Sketch:
    """Round scales in rows, each row over the next, as on a fish or a roof."""
    x, y = plane(rng, rng.uniform(3.5, 7), rng.uniform(-25, 25), warp=0.12)
    step = rng.uniform(0.42, 0.55)
    tones = np.array(palette(rng, 4, light=(0.5, 0.8)), np.float32)
    rim = palette(rng, 1, light=(0.3, 0.3))[0]
    index, depth = np.zeros(x.shape, int), np.full_like(x, 2)
    table = rng.integers(len(tones), size=(32, 32))
    for up in (0, 1, 2):  # from the lowest row that may reach a pixel to the one that covers it
        row = np.floor(y / step) - up
        shift = 0.5 * (row % 2)
        column = np.floor(x - shift)
        distance = np.hypot(x - column - 0.5 - shift, y - row * step) / 0.62
        inside = distance < 1
        index = np.where(inside, table[row.astype(int) % 32, column.astype(int) % 32], index)
        depth = np.where(inside, distance, depth)
    slope = depth[..., None] ** 3
    colours = np.where(depth[..., None] > 0.88, rim, tones[index] * (1.15 - 0.25 * slope))
    return painted(colours, 1 - 0.9 * depth**3)


PAINTERS: dict[str, Callable[[Generator], Sketch]] = {
    "vertical stripes": partial(stripes, angle=0),
    "horizontal stripes": partial(stripes, angle=90),
    "rising stripes": partial(stripes, angle=45),
    "falling stripes": partial(stripes, angle=-45),
    "dots": dots,
    "checks": checks,
    "rings": rings,
    "spiral": spiral,
    "bricks": bricks,
    "waves": waves,
    "wood": wood,
    "scales": scales,
}
