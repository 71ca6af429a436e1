"""Collect the evidence of all layers in one pass over the image set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.images.loading import load
from convatlas.lenses.base import RenderContext
from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.batch_summary import Reducer
from convatlas.lenses.examples.options import Examples
from convatlas.lenses.examples.sample import Draw
from convatlas.model.records import Layer
from convatlas.network.preprocess import prepare
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
    with torch.inference_mode():
        for first, pictures in batches(context):
            images = np.arange(first, first + len(pictures))
            taps = {tap_of(layer): partial(tallies[layer.name].add, images) for layer in layers}
            inputs = normalise(pictures, context.plan.network.preprocessing)
            tap(context.module, inputs, taps, stop=True)
    for accumulator in tallies.values():
        accumulator.settle()
    return draw, tallies


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


def batches(context: RenderContext) -> Iterator[tuple[int, Tensor]]:
    """Yield batches [n, channels, height, width] from 0 to 1, with their first image's index.

    They are decoded ahead of the device, by other processes if the set is large. Channels are last
    in memory, which is the fastest layout for convolutions on a CPU.
    """
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    preprocessing = context.plan.network.preprocessing

    def pixels(index: int) -> NDArray[np.uint8]:
        return prepare(picture(index), preprocessing)

    batch = 1 if context.plan.network.single else BATCH.get(context.device.type, MANY)
    with closing(load(range(len(images.images)), pixels, batch)) as loaded:
        for first, stacked in loaded:
            pictures = torch.from_numpy(stacked).to(context.device)
            yield first, pictures.permute(0, 3, 1, 2).float().div_(255)
