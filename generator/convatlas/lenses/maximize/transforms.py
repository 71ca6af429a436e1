"""Small random movements, so that a picture works wherever and however it is placed."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.philox import Stream, normal, uniform
from convatlas.lenses.maximize.recipe import Recipe, Size

GREY = 0.5
"""The colour of the margin, of values from 0 to 1."""


def padded(pictures: Tensor, pad: int) -> Tensor:
    """Pictures [n, c, h, w] with a grey margin of ``pad`` pixels on each side."""
    return F.pad(pictures, (pad, pad, pad, pad), value=GREY) if pad else pictures


def affines(keys: Tensor, recipe: Recipe, size: Size, first: int = 0) -> Tensor:
    """For each picture and step an affine map, [n, steps, 2, 3], of a padded picture of a size.

    Shift up to ``jitter`` pixels, angle up to ``rotate`` degrees, size changed by up to the share
    ``scale``, and a window of the share ``crop`` of the sides anywhere in the picture: all uniform
    and independent. ``first`` is the number of the first step. Coordinates are those of
    ``affine_grid``: half sides.
    """
    steps = torch.arange(first, first + recipe.steps, device=keys.device)
    draws = 2 * uniform(keys, Stream.MOVE, steps, 6) - 1
    right, down, angle, scale, window_right, window_down = draws.unbind(-1)
    height, width = size
    angle = math.radians(recipe.rotate) * angle
    scale = (1 + recipe.scale * scale) * recipe.crop
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift, free = 2 * recipe.jitter, 1 - recipe.crop
    # A rotation has to allow for the picture's shape, for its half sides differ.
    rows = [
        [cosine, -sine * height / width, shift / width * right + free * window_right],
        [sine * width / height, cosine, shift / height * down + free * window_down],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def seen(recipe: Recipe, size: Size) -> Size:
    """The height and width of what the network sees of a padded picture of a size."""
    height, width = size
    return max(1, round(recipe.crop * height)), max(1, round(recipe.crop * width))


def move(pictures: Tensor, affine: Tensor, size: Size) -> Tensor:
    """Windows [n, c, *size] of pictures [n, c, h, w], each by its own affine map [n, 2, 3].

    Beyond the edges, the picture is reflected.
    """
    grid = F.affine_grid(affine, [len(pictures), pictures.shape[1], *size], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def noisy(pictures: Tensor, keys: Tensor, steps: Tensor, deviation: float) -> Tensor:
    """Pictures [n, c, h, w] with normal noise: each picture's own, of its own step [n]."""
    if not deviation:
        return pictures
    draws = normal(keys, Stream.NOISE, steps[:, None], pictures[0].numel())
    return pictures + deviation * draws.view_as(pictures)
