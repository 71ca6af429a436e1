"""Collect the evidence of all layers in one pass over the image set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from convatlas.lenses.base import RenderContext
from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.batch_summary import Reducer
from convatlas.lenses.examples.options import Examples
from convatlas.lenses.parts.draw import Draw
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.model.facts import Layer
from convatlas.network.memory import Capacity, free_cache, out_of_memory
from convatlas.network.responses import normalise, tap, tap_of

BATCH = {"cpu": 8}
"""Images per forward pass, by device type.

On a CPU, batches are small enough for a layer's responses to stay in the cache until they are
processed."""

MANY = 64
"""Images per forward pass on any other device."""


def scan_images(
    context: RenderContext, layers: Sequence[Layer], options: Examples
) -> tuple[Draw, dict[str, LayerAccumulator]]:
    """Show every image of the set to the network once, and collect evidence for each filter.

    An image that does not reach a layer is left out of that layer's evidence.

    Returns:
        The sample that represents the set, and the accumulator of each layer by name.
    """
    draw, tallies = begun(context, layers, options)
    scan = Scan(context, tallies)
    with torch.inference_mode():
        for first, pictures in image_batches(context, _at_once(context)):
            scan.show(layers, first, pictures)
    for accumulator in tallies.values():
        accumulator.settle()
    return draw, tallies


class Scan:
    """Shows images to the network, fewer at once after memory has run out."""

    def __init__(self, context: RenderContext, tallies: Mapping[str, LayerAccumulator]) -> None:
        self.context = context
        self.tallies = tallies
        self.capacity = Capacity(_at_once(context), context.device)

    def show(self, layers: Sequence[Layer], first: int, pictures: Tensor) -> None:
        """Add consecutive images to the evidence of layers.

        Args:
            layers: The layers.
            first: The index of the first image in the set.
            pictures: The images [n, channels, height, width], from 0 to 1.

        Raises:
            RenderError: not even one image fits into memory.
        """
        start = 0
        while start < len(pictures):
            part = pictures[start : start + self.capacity.count]
            left = self._show_together(layers, first + start, part)
            if left:  # again, of which fewer are now shown at once
                self.show(left, first + start, part)
            start += len(part)

    def _show_together(
        self, layers: Sequence[Layer], first: int, pictures: Tensor
    ) -> Sequence[Layer]:
        """Show images in one batch, and return the layers to which memory did not suffice."""
        images = np.arange(first, first + len(pictures))
        served: set[str] = set()

        def add(name: str, response: Tensor) -> None:
            self.tallies[name].add(images, response)
            served.add(name)

        taps = {tap_of(layer): partial(add, layer.name) for layer in layers}
        try:
            inputs = normalise(pictures, self.context.plan.network.preprocessing)
            tap(self.context.module, inputs, taps, stop=True)
            return ()
        except Exception as error:  # the network is the user's code and may raise anything
            if not out_of_memory(error):
                raise
            self.capacity.halve(len(pictures), error)
        free_cache(self.context.device)
        return [layer for layer in layers if layer.name not in served]


def _at_once(context: RenderContext) -> int:
    """Return how many images are shown at once."""
    return 1 if context.plan.network.single else BATCH.get(context.device.type, MANY)


def begun(
    context: RenderContext, layers: Sequence[Layer], options: Examples
) -> tuple[Draw, dict[str, LayerAccumulator]]:
    """Return the sample and the accumulators before the first image."""
    images, heat = context.plan.images, context.plan.policy.heatmaps
    assert images is not None
    draw, reducer = Draw.of(images.fingerprint, len(images.images)), Reducer()
    return draw, {
        layer.name: LayerAccumulator.empty(layer, images, draw, options, heat=heat, reducer=reducer)
        for layer in layers
    }
