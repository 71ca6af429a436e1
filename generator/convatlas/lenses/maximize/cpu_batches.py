"""How many pictures are optimised together on a CPU."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.model.facts import Layer

FEWEST = 4
"""Pictures below which some convolutions of a CPU are slower by the picture, whatever they cost."""

WORTH = 160e6
"""Multiplications in a forward pass, in float32, beside which what a step takes by itself, however
few pictures there are, counts little."""

LOW_PRECISION = 4
"""How many multiplications in low precision take as long as one in float32."""

HEAVY = 1e9
"""Multiplications in a forward pass of one picture from which threads share every operation. With
less, a batch is optimised by one thread: several batches side by side keep the cores busier, and
some operations have other last bits with one thread than with several."""

LARGEST = 32 * 96 * 96
"""Pixels of all pictures together, so that they fit into memory; small ones are at most 64."""

AGAIN = 8
"""Maximum number of pictures of a further attempt, because few filters need one."""


def slots(recipe: Recipe, attempt: int, filters: int, cost: float, precision: torch.dtype) -> int:
    """Return how many pictures are optimised together, at least one group of members.

    It depends only on recipe and layer, not on the number of requests or the free memory, so that a
    picture's bytes do not depend on other requests; short batches are filled up, unless ``seats``
    finds that this changes nothing. A batch is therefore as small as it can be without being slow,
    and a layer's filters fill theirs almost without remainder.

    Args:
        recipe: The recipe.
        attempt: The number of the attempt, from 0.
        filters: The number of the layer's filters.
        cost: The multiplications in a forward pass of one picture.
        precision: The type in which the network computes.
    """
    worth = WORTH if precision == torch.float32 else LOW_PRECISION * WORTH
    height, width = recipe.sizes[-1]
    most = max(FEWEST, min(64, LARGEST // (height * width), int(FEWEST + worth / max(1.0, cost))))
    if attempt:
        most = min(most, AGAIN)
    pictures = filters * recipe.members
    count = -(-pictures // -(-pictures // most))
    return -(-count // recipe.members) * recipe.members


def multiplications(layers: Sequence[Layer], name: str, recorded: Size, canvas: Size) -> float:
    """Estimate the multiplications in a forward pass of one picture up to a layer.

    Those of all convolutions that run before it count, also of branches that do not lead to it.

    Args:
        layers: The network's layers in execution order.
        name: The layer's name.
        recorded: Height and width of the input for which the layers' map sizes were recorded.
        canvas: Height and width of the picture.
    """
    total = 0.0
    for layer in layers:
        if layer.map_size is not None:
            height, width = layer.map_size
            kernel = layer.kernel[0] * layer.kernel[1] * layer.channels // layer.groups
            total += float(layer.filters * kernel * height * width)
        if layer.name == name:
            break
    return total * (canvas[0] * canvas[1]) / (recorded[0] * recorded[1])
