"""Objectives: one value per picture, from the responses of a whole layer."""

from __future__ import annotations

import torch
from torch import Tensor

from convatlas.lenses.maximize.recipe import Recipe


def objective(recipe: Recipe, responses: Tensor, filters: Tensor) -> Tensor:
    """Return one value per picture [n], from responses [n, filters, h, w] and filters [n]."""
    maps = own(responses, filters).float()
    if recipe.objective == "channel":
        return channel(maps)
    if recipe.objective == "rms":
        return root_mean_square(maps)
    return neuron(maps, recipe.at)


def channel(maps: Tensor) -> Tensor:
    """Return the mean of each map [n, h, w], which yields textures."""
    return maps.mean(dim=(1, 2))


def neuron(maps: Tensor, at: tuple[float, float]) -> Tensor:
    """Return one position of each map [n, h, w], which yields a single object.

    ``at`` is the position [down, right] as fractions of the map's sides.
    """
    row, column = (
        min(int(share * side), side - 1) for share, side in zip(at, maps.shape[1:], strict=True)
    )
    return maps[:, row, column]


def root_mean_square(maps: Tensor) -> Tensor:
    """Return the root mean square of each map [n, h, w]: strong responses of either sign."""
    # The slope of the root is unbounded at zero, where a picture may start.
    return (maps.square().mean(dim=(1, 2)) + 1e-12).sqrt()


def own(responses: Tensor, filters: Tensor) -> Tensor:
    """Return the map of each picture's own filter: [n, h, w]."""
    return responses[torch.arange(len(filters), device=filters.device), filters]
