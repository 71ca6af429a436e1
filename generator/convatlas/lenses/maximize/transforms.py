"""Small random movements, so that a picture works at any nearby position, size and angle."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.philox import Stream, normal, uniform
from convatlas.lenses.maximize.recipe import Recipe, Size

GREY = 0.5
"""The value of the margin, from 0 to 1."""


def padded(pictures: Tensor, pad: int) -> Tensor:
    """Add a grey margin of ``pad`` pixels to each side of pictures [n, c, h, w]."""
    return F.pad(pictures, (pad, pad, pad, pad), value=GREY) if pad else pictures


def affines(keys: Tensor, recipe: Recipe, size: Size, first: int = 0) -> Tensor:
    """Return an affine map of a padded picture for each picture and step: [n, steps, 2, 3].

    A map shifts by up to ``jitter`` pixels, rotates by up to ``rotate`` degrees, scales by up to
    the fraction ``scale``, and cuts out a window with the fraction ``crop`` of the sides, anywhere
    in the picture; all uniformly distributed and independent. Coordinates are in half sides, as for
    ``affine_grid``.

    Args:
        keys: The generator's keys [n, 2].
        recipe: The recipe.
        size: The size of the padded picture.
        first: The index of the first step.
    """
    steps = torch.arange(first, first + recipe.steps, device=keys.device)
    draws = 2 * uniform(keys, Stream.MOVE, steps, 6) - 1
    right, down, angle, scale, window_right, window_down = draws.unbind(-1)
    height, width = size
    angle = math.radians(recipe.rotate) * angle
    scale = (1 + recipe.scale * scale) * recipe.crop
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift, free = 2 * recipe.jitter, 1 - recipe.crop
    # The rotation includes the aspect ratio, because the half sides differ.
    rows = [
        [cosine, -sine * height / width, shift / width * right + free * window_right],
        [sine * width / height, cosine, shift / height * down + free * window_down],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def seen(recipe: Recipe, size: Size) -> Size:
    """Return the height and width of what the network sees of a padded picture."""
    height, width = size
    return max(1, round(recipe.crop * height)), max(1, round(recipe.crop * width))


def move(pictures: Tensor, affine: Tensor, size: Size) -> Tensor:
    """Return windows [n, c, *size] of pictures [n, c, h, w], each by its own affine map [n, 2, 3].

    Beyond its edges, a picture is reflected.
    """
    grid = F.affine_grid(affine, [len(pictures), pictures.shape[1], *size], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def noisy(pictures: Tensor, keys: Tensor, steps: Tensor, deviation: float) -> Tensor:
    """Add normal noise to pictures [n, c, h, w], each with its own noise for its own step [n]."""
    if not deviation:
        return pictures
    draws = normal(keys, Stream.NOISE, steps[:, None], pictures[0].numel())
    return pictures + deviation * draws.view_as(pictures)
