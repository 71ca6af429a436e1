"""What is maximised: a number a picture, from the responses of a whole layer."""

from __future__ import annotations

import torch
from torch import Tensor

from convatlas.lenses.maximize.recipe import Recipe


def objective(recipe: Recipe, responses: Tensor, filters: Tensor) -> Tensor:
    """A number a picture [n], from responses [n, filters, h, w] and each picture's filter [n]."""
    maps = own(responses, filters).float()
    if recipe.objective == "channel":
        return channel(maps)
    if recipe.objective == "rms":
        return root_mean_square(maps)
    return neuron(maps, recipe.at)


def channel(maps: Tensor) -> Tensor:
    """The mean over each map [n, h, w]: makes textures."""
    return maps.mean(dim=(1, 2))


def neuron(maps: Tensor, at: tuple[float, float]) -> Tensor:
    """One position of each map [n, h, w], ``at`` shares of its sides: makes a single thing."""
    row, column = (
        min(int(share * side), side - 1) for share, side in zip(at, maps.shape[1:], strict=True)
    )
    return maps[:, row, column]


def root_mean_square(maps: Tensor) -> Tensor:
    """The root of the mean square over each map [n, h, w]: strong answers of either sign."""
    # The root's slope has no bound at zero, where a picture may well start.
    return (maps.square().mean(dim=(1, 2)) + 1e-12).sqrt()


def own(responses: Tensor, filters: Tensor) -> Tensor:
    """Each picture's own filter's map, [n, h, w]."""
    return responses[torch.arange(len(filters), device=filters.device), filters]
