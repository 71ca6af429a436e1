"""Regularizers: penalties per picture, for pictures [n, c, h, w] with values from 0 to 1."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.transforms import GREY
from convatlas.network.constants import constant_like

SCHARR = ((-3.0, 0.0, 3.0), (-10.0, 0.0, 10.0), (-3.0, 0.0, 3.0))
"""Scharr's derivative filter (2000), times 32: nearly isotropic."""


def regularizer(recipe: Recipe, pictures: Tensor) -> Tensor:
    """Return the weighted sum of the recipe's penalties, one value per picture [n]."""
    total = pictures.new_zeros(len(pictures))
    if recipe.l2:
        total = total + recipe.l2 * square(pictures)
    if recipe.variation:
        total = total + recipe.variation * variation(pictures)
    if recipe.gradients:
        total = total + recipe.gradients * gradients(pictures)
    return total


def square(pictures: Tensor) -> Tensor:
    """Return the mean squared distance of the values from grey (Simonyan et al. 2013: L2 norm)."""
    return (pictures - GREY).square().mean(dim=(1, 2, 3))


def variation(pictures: Tensor) -> Tensor:
    """Return the mean difference between neighbouring pixels (Mahendran and Vedaldi 2015)."""
    down = pictures.diff(dim=2).abs().flatten(1)
    right = pictures.diff(dim=3).abs().flatten(1)
    return torch.cat([down, right], dim=1).sum(1) / max(1, down.shape[1] + right.shape[1])


def gradients(pictures: Tensor) -> Tensor:
    """Return the root mean square of the pictures' gradients by Scharr's filters, per pixel."""
    channels = pictures.shape[1]
    across = constant_like(pictures, SCHARR) / 32
    kernels = torch.stack([across, across.T]).unsqueeze(1).repeat(channels, 1, 1, 1)
    edges = F.pad(pictures, (1, 1, 1, 1), mode="replicate")
    steps = F.conv2d(edges, kernels, groups=channels)
    # The mean squared length of the gradients; the slope of its root is unbounded at zero.
    return (2 * steps.square().mean(dim=(1, 2, 3)) + 1e-12).sqrt()
