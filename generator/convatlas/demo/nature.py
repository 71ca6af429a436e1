"""Pictures of living things: leaves, flowers, trees, fish and butterflies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from convatlas.demo.canvas import Sketch, backdrop, laid, layer
from convatlas.demo.colour import Colour, darker, oklch, palette, shade
from convatlas.demo.pen import Pen, Points, arc, crowd, ellipse, put

UPPER_WING = ((0.03, 0.1), (0.1, -0.35), (0.45, -0.8), (0.95, -0.75), (0.85, -0.2), (0.45, 0.1))
LOWER_WING = ((0.03, 0.05), (0.5, 0.08), (0.8, 0.35), (0.6, 0.8), (0.3, 0.75), (0.08, 0.35))
"""Corners of a butterfly's right wings."""


def green(rng: Generator) -> Colour:
    """The colour of a plant, from spring to autumn."""
    hue = rng.uniform(110, 155) if rng.random() < 0.7 else rng.uniform(25, 100)
    return oklch(rng.uniform(0.5, 0.72), rng.uniform(0.1, 0.17), hue)


def blade(width: float, bend: float) -> Points:
    """Outline of a leaf or petal from (0, 1), the stalk, to (0, -1), the tip."""
    along = np.linspace(0, 1, 24)
    half = width * np.sin(np.pi * along**bend)
    right = np.stack([half, 1 - 2 * along], axis=1)
    return np.vstack([right, right[::-1] * (-1, 1)])


def leaf(rng: Generator) -> Sketch:
    """Leaves with a midrib and side veins."""
    sheet, tone = layer(), green(rng)
    width, bend, pairs = rng.uniform(0.4, 0.62), rng.uniform(0.65, 0.95), int(rng.integers(4, 7))
    vein = shade(tone, rng.choice([0.6, 1.55]))
    for pen in crowd(rng, sheet, 180):
        pen.line([(0, 1), (0.06, 1.22)], 0.07, darker(tone))
        outline = blade(width, bend)
        pen.fill(outline, tone)
        pen.fill(np.vstack([outline[:24], [(0, -1), (0, 1)]]), shade(tone, 0.82))
        pen.line([(0, 1), (0, -0.9)], 0.055, vein)
        for along in np.linspace(0.15, 0.75, pairs):
            reach = 0.8 * width * np.sin(np.pi * (along + 0.1) ** bend)
            for side in (-1, 1):
                ends = [(0, 1 - 2 * along), (side * reach, 0.8 - 2 * along - 0.25 * reach)]
                pen.line(ends, 0.035, vein)
    return laid(rng, backdrop(rng, palette(rng, 3)), sheet)


def petals(pen: Pen, count: int, reach: float, width: float, colour: Colour, first: float) -> None:
    """A ring of petals round the pen's origin."""
    tips = blade(width, 1.25) * (1, 0.5) + (0, -0.5)
    for turn in first + np.arange(count) * (360 / count):
        petal = pen.turned(float(turn), reach)
        petal.fill(tips, darker(colour))
        petal.fill(tips * (0.86, 0.95), colour)


def flower(rng: Generator) -> Sketch:
    """Flowers with two rings of petals and seeds in the middle."""
    colours = palette(rng, 5, light=(0.45, 0.9))
    sheet, count = layer(), int(rng.integers(5, 11))
    heart = oklch(rng.uniform(0.4, 0.85), 0.13, rng.uniform(50, 100))
    width = min(2.4 / count, 0.42)
    for pen in crowd(rng, sheet, 60):
        petals(pen, count, 1.0, width, colours[0], 0)
        petals(pen, count, 0.68, width, shade(colours[0], 1.25), 180 / count)
        pen.disc(0, 0, 0.25, darker(heart))
        pen.disc(0, 0, 0.21, heart)
        for x, y in arc(0, 320, 8) * 0.13:
            pen.disc(float(x), float(y), 0.035, darker(heart))
    return laid(rng, backdrop(rng, [green(rng), *colours[3:]]), sheet)


def crown(rng: Generator, pen: Pen, tone: Colour) -> None:
    """The crown of a broad tree: tufts, the lower ones in shade."""
    for y in np.linspace(0.1, -0.65, 18):
        half = 0.55 * np.sqrt(1 - ((y + 0.25) / 0.5) ** 2)
        light = 0.75 + 0.45 * (0.1 - y) / 0.75
        pen.disc(rng.uniform(-half, half), float(y), 0.3, shade(tone, float(light)), flat=0.8)


def fir(pen: Pen, tone: Colour, tiers: int) -> None:
    """The crown of a fir: tiers of branches, wider and darker downwards."""
    for i in reversed(range(tiers)):
        top, bottom = -1 + 1.1 * i / tiers, -0.75 + 1.25 * (i + 1) / tiers
        half = 0.25 + 0.42 * (i + 1) / tiers
        edge = np.linspace(half, -half, 9)
        hem = np.stack([edge, bottom - 0.09 * (np.arange(9) % 2)], axis=1)
        pen.fill(np.vstack([[(0, top)], hem]), shade(tone, 1.2 - 0.45 * i / tiers))


def tree(rng: Generator) -> Sketch:
    """A broad tree or a fir on a meadow."""
    sky = [oklch(rng.uniform(0.6, 0.92), 0.07, rng.uniform(190, 300)) for _ in range(3)]
    ground, sheet, tone = backdrop(rng, sky), layer(), green(rng)
    meadow = Pen(ground, 0, 1.7, 1, 0)
    meadow.disc(rng.uniform(-0.8, 0.8), 0, 2.2, shade(green(rng), 0.8), flat=0.5)
    pen = put(rng, sheet, 0.75, 0.95, 4)
    bark = oklch(rng.uniform(0.3, 0.45), 0.06, rng.uniform(40, 70))
    pen.fill([(-0.09, -0.2), (0.09, -0.2), (0.15, 1), (-0.15, 1)], bark)
    if rng.random() < 0.5:
        fir(pen, tone, int(rng.integers(3, 6)))
    else:
        for side in (-1, 1):
            pen.line([(0, 0.4), (side * 0.35, -0.05)], 0.09, bark)
        crown(rng, pen, tone)
    return laid(rng, ground, sheet)


def fish(rng: Generator) -> Sketch:
    """A fish in the sea, banded or plain, swimming either way."""
    colours = palette(rng, 3)
    sea = [oklch(rng.uniform(0.35, 0.8), 0.09, rng.uniform(190, 265)) for _ in range(3)]
    ground, sheet = backdrop(rng, sea), layer()
    bubbles = Pen(ground, 0, 0, 1, 0)
    for x, y, size in rng.uniform((-1, -1, 0.02), (1, 1, 0.07), (6, 3)):
        bubbles.disc(x, y, size, shade(sea[0], 1.45))
        bubbles.disc(x, y, size * 0.6, shade(sea[0], 1.15))
    pen = put(rng, sheet, 0.68, 0.88, 22)
    way, tall, fin = float(rng.choice([-1, 1])), rng.uniform(0.42, 0.62), darker(colours[0])
    mirror = (way, 1)
    low, high = 0.7 * tall, tall + 0.28
    for corners in (
        [(-0.5, 0), (-1.05, -0.5), (-0.9, 0), (-1.05, 0.5)],
        [(-0.35, -low), (-0.25, -high), (0.35, -low)],
        [(-0.1, low), (-0.3, high), (0.25, low)],
    ):
        pen.fill(np.array(corners) * mirror, fin)
    pen.fill(ellipse(0.1, 0, 0.8, tall) * mirror, colours[0])
    bands = np.linspace(-0.4, 0.4, rng.integers(2, 5)) if rng.random() < 0.7 else np.empty(0)
    for x in bands:
        reach = tall * np.sqrt(1 - ((x - 0.1) / 0.8) ** 2) * 0.93
        curve = np.stack([x + 0.09 * arc(-90, 90, 9)[:, 0], np.linspace(-reach, reach, 9)], axis=1)
        pen.line(curve * mirror, 0.09, colours[1])
    pen.fill(np.array([(0.05, 0.08), (-0.25, 0.3), (0.0, 0.28)]) * mirror, fin)
    pen.disc(way * 0.62, -0.12, 0.12, (250, 250, 245))
    pen.disc(way * 0.65, -0.12, 0.065, (15, 15, 30))
    pen.line(np.array([(0.85, 0.12), (0.7, 0.17)]) * mirror, 0.04, fin)
    return laid(rng, ground, sheet)


def butterfly(rng: Generator) -> Sketch:
    """A butterfly with edged, spotted wings."""
    colours = palette(rng, 5)
    sheet = layer()
    pen = put(rng, sheet, 0.72, 0.9, 30)
    spread, dark = rng.uniform(0.85, 1.05), oklch(0.22, 0.04, rng.uniform(0, 360))
    for side in (-1, 1):
        for wing, colour in ((LOWER_WING, colours[1]), (UPPER_WING, colours[0])):
            shape = rounded(np.array(wing)) * (side * spread, 1)
            middle = shape.mean(axis=0)
            pen.fill(shape, dark)
            pen.fill((shape - middle) * 0.8 + middle, colour)
            pen.disc(middle[0] * 1.15, middle[1] * 1.15, 0.13, dark)
            pen.disc(middle[0] * 1.15, middle[1] * 1.15, 0.075, colours[2])
        pen.line([(0, -0.4), (side * 0.12, -0.7), (side * 0.24, -0.85)], 0.03, dark)
    pen.fill(ellipse(0, 0.05, 0.075, 0.5), dark)
    pen.disc(0, -0.45, 0.09, dark)
    return laid(rng, backdrop(rng, colours[2:]), sheet)


def rounded(corners: Points) -> Points:
    """A polygon with its corners cut twice (Chaikin, 1974)."""
    for _ in range(2):
        after = np.roll(corners, -1, axis=0)
        pair = np.stack([0.75 * corners + 0.25 * after, 0.25 * corners + 0.75 * after], axis=1)
        corners = pair.reshape(-1, 2)
    return corners


PAINTERS: dict[str, Callable[[Generator], Sketch]] = {
    "leaf": leaf,
    "flower": flower,
    "tree": tree,
    "fish": fish,
    "butterfly": butterfly,
}
