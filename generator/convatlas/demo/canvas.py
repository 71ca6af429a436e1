"""What pictures are drawn on and with: a fine grid, noise, a backdrop and a light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convatlas.demo.colour import Colour, blend

SIZE = 96
"""Side of a finished picture in pixels."""
FINE = 3
"""Fine pixels to a pixel: everything is drawn this much larger and reduced, which smooths edges."""
SIDE = SIZE * FINE
"""Side of the canvas in fine pixels."""

Grid = NDArray[np.floating]
"""One number for each fine pixel."""


@dataclass(frozen=True)
class Sketch:
    """An unlit picture (RGB) and its relief (L): the brighter, the further it stands out."""

    picture: Image.Image
    relief: Image.Image


def painted(colours: Grid, relief: Grid | NDArray[np.bool_]) -> Sketch:
    """A sketch of colours [SIDE, SIDE, 3] from 0 to 255 and heights [SIDE, SIDE] from 0 to 1."""
    picture = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8), "RGB")
    return Sketch(picture, Image.fromarray((np.clip(relief, 0, 1) * 255).astype(np.uint8), "L"))


def square() -> tuple[Grid, Grid]:
    """Coordinates x and y of the fine pixels' centres, from -1 to 1."""
    line = (np.arange(SIDE, dtype=np.float32) + 0.5) * (2 / SIDE) - 1
    return np.meshgrid(line, line)


def noise(rng: Generator, rows: int, columns: int) -> Grid:
    """Smooth noise from about -1 to 1 with that many bumps down and across."""
    coarse = rng.uniform(-1, 1, (rows + 2, columns + 2)).astype(np.float32)
    box = (1, 1, columns + 1, rows + 1)  # the border keeps the bumps whole at the edges
    fine = Image.fromarray(coarse, "F").resize((SIDE, SIDE), Image.Resampling.BICUBIC, box)
    return np.asarray(fine)


def plane(rng: Generator, cells: float, angle: float, warp: float = 0.15) -> tuple[Grid, Grid]:
    """Coordinates turned by ``angle`` degrees, ``cells`` to a side, shifted and a little bent."""
    x, y = square()
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    bend_x, bend_y = (warp * noise(rng, 3, 3) for _ in range(2))
    shift_x, shift_y = rng.uniform(0, 64), rng.uniform(0, 64)
    along = (cos * x + sin * y) * (cells / 2) + shift_x + bend_x
    return along, (cos * y - sin * x) * (cells / 2) + shift_y + bend_y


def layer() -> Image.Image:
    """An empty sheet for a thing, to be laid over a backdrop."""
    return Image.new("RGBA", (SIDE, SIDE))


def backdrop(rng: Generator, colours: Sequence[Colour]) -> Image.Image:
    """A quiet ground: one of two colours fades into the other, with soft clouds of a third."""
    x, y = (axis[::FINE, ::FINE] for axis in square())  # nothing in it is finer than a pixel
    angle = rng.uniform(0, 2 * math.pi)
    fade = np.clip(0.5 + 0.45 * (math.cos(angle) * x + math.sin(angle) * y), 0, 1)
    clouds = np.clip(noise(rng, 4, 4)[::FINE, ::FINE, None], 0, 1) * rng.uniform(0, 0.6)
    ground = blend(colours[0], colours[1], fade) * (1 - clouds) + np.array(colours[2]) * clouds
    small = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8), "RGB")
    return small.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def laid(rng: Generator, ground: Image.Image, thing: Image.Image) -> Sketch:
    """A thing on its ground, with the shadow it throws."""
    outline = thing.getchannel("A")
    shadow = outline.filter(ImageFilter.GaussianBlur(FINE * rng.uniform(1.5, 4)))
    strength = rng.uniform(0.2, 0.5)
    offset = (round(FINE * rng.uniform(-4, 4)), round(FINE * rng.uniform(1, 5)))
    picture = ground.copy()
    picture.paste((10, 10, 30), offset, shadow.point([round(strength * i) for i in range(256)]))
    picture.paste(thing, (0, 0), outline)
    return Sketch(picture, outline)


def lit(rng: Generator, sketch: Sketch) -> Image.Image:
    """The finished picture, reduced: light from one side, over the relief, and a little grain."""
    colours = np.asarray(sketch.picture.reduce(FINE), dtype=np.float32) / 255
    soft = sketch.relief.reduce(FINE).filter(ImageFilter.GaussianBlur(rng.uniform(1, 2.5)))
    down, across = np.gradient(np.asarray(soft, dtype=np.float32) / 255)
    angle = rng.uniform(0.1, 0.9) * math.pi  # where the light comes from: above, left to right
    x, y = math.cos(angle), math.sin(angle)
    line = np.linspace(-1, 1, SIZE, dtype=np.float32)
    fall = rng.uniform(0, 0.22) * (x * line[None, :] - y * line[:, None])
    light = rng.uniform(0.9, 1.08) * (1 + fall + rng.uniform(0.6, 1.6) * (y * down - x * across))
    grain = rng.normal(0, 0.012, (SIZE, SIZE, 1))
    finished = np.clip(colours * light[..., None] + grain, 0, 1)
    return Image.fromarray(np.round(finished * 255).astype(np.uint8), "RGB")
