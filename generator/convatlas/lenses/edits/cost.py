"""What edits cost, for ``plan``: passes over the images, and a closer look at a few of them."""

from __future__ import annotations

from math import prod

from convatlas.lenses.base import PlanContext
from convatlas.lenses.edits.records import SAMPLE, STEPS
from convatlas.model.facts import Layer, NetworkFacts

SPEED = 3.5e10
"""Multiplications a second in forward passes of two cores: of SqueezeNet, on AVX2."""
DECODED = 0.015
"""Seconds to decode an image, and about the same for 12 edits of it."""
GRADIENT = 3
"""Forward passes that take as long as one with the gradients of all layers."""
SET_BACK = 6
"""Forward passes of the sample by which filters are set back, and by which that is judged."""


def seconds(context: PlanContext, edits: set[str], most: int) -> float:
    """Return roughly what edits take on two cores.

    Args:
        context: What is planned.
        edits: The names of the edits that something is asked of.
        most: The number of images that are shown at most.
    """
    assert context.images is not None
    images = min(most, len(context.images.images))
    traced = [edit for edit in context.edits if edit.name in edits and not edit.moves]
    sample = SAMPLE * (GRADIENT * (STEPS + 1) + SET_BACK) if context.network.scores else 0
    passes = (1 + len(edits)) * images + sample * len(traced)
    pictures = images * DECODED * (1 + len(edits) / 12)
    return pictures + passes * multiplications(context.network) / SPEED


def multiplications(network: NetworkFacts) -> int:
    """Return how many multiplications the layers take for a picture."""
    return sum(_of_layer(layer) for layer in network.layers if layer.map_size)


def _of_layer(layer: Layer) -> int:
    """Return those of a layer; of a transposed one, a few less."""
    assert layer.map_size is not None
    kernel = prod(layer.kernel) * layer.channels // layer.groups
    positions = prod(layer.map_size)
    if layer.transposed:
        positions = positions // prod(layer.stride)
    return layer.filters * kernel * positions
