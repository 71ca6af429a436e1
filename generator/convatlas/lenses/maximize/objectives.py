"""Objectives: one value per picture, from the responses of a whole layer."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from convatlas.lenses.maximize.recipe import Recipe

RIVALS = 5
"""Number of other filters whose responses are penalised."""


def objective(recipe: Recipe, responses: Tensor, filters: Tensor) -> Tensor:
    """Return one value per picture [n], from responses [n, filters, h, w] and filters [n]."""
    return values(recipe, own(responses, filters).float())


def rivals(recipe: Recipe, responses: Tensor, filters: Tensor, signs: Tensor) -> Tensor:
    """Return the mean value of the other filters that a picture excites most: one per picture [n].

    They are the five of the layer with the highest values of the same objective, or the lowest for
    sign -1; all others of a layer that has fewer, and 0 for a layer of one filter. A filter that
    the picture does not excite, or inhibit for sign -1, counts as 0.

    Args:
        recipe: The recipe.
        responses: The responses [n, filters, h, w].
        filters: The filter of each picture [n].
        signs: 1 or -1 for each picture [n].
    """
    count = min(RIVALS, responses.shape[1] - 1)
    if not count:
        return responses.new_zeros(len(responses), dtype=torch.float32)
    found = signs[:, None] * values(recipe, responses.flatten(0, 1).float()).view(
        responses.shape[:2]
    )
    found = found.scatter(1, filters[:, None], -math.inf)
    return signs * found.topk(count, dim=1).values.clamp_min(0).mean(dim=1)


def values(recipe: Recipe, maps: Tensor) -> Tensor:
    """Return the recipe's objective for each map [n, h, w]: [n]."""
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
