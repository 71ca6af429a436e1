"""Small random movements, so that a picture works wherever and however it is placed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.draws import uniform
from convatlas.lenses.maximize.recipe import Recipe


def affines(draws: Sequence[np.random.Generator], recipe: Recipe) -> Tensor | None:
    """For each step and picture an affine map, [steps, n, 2, 3]; None where nothing moves.

    Shift up to ``recipe.jitter`` pixels, angle up to ``recipe.rotate`` degrees, size changed by up
    to the share ``recipe.scale``: all uniform and independent. Coordinates are those of
    ``affine_grid``.
    """
    if recipe.jitter == recipe.rotate == recipe.scale == 0:
        return None
    right, down, angle, size = uniform(draws, (recipe.steps, 4)).transpose(2, 1, 0)
    height, width = recipe.size
    angle = np.deg2rad(recipe.rotate) * angle
    size = 1 + recipe.scale * size
    cosine, sine = np.cos(angle) * size, np.sin(angle) * size
    shift = 2 * recipe.jitter
    # affine_grid's units are half sides, so a rotation has to allow for the picture's shape.
    rows = [
        np.stack([cosine, -sine * height / width, shift / width * right], axis=-1),
        np.stack([sine * width / height, cosine, shift / height * down], axis=-1),
    ]
    return torch.from_numpy(np.stack(rows, axis=-2).astype(np.float32))


def move(pictures: Tensor, affine: Tensor) -> Tensor:
    """Pictures [n, c, h, w] each moved by its own affine map [n, 2, 3]; the edges are reflected."""
    grid = F.affine_grid(affine, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
