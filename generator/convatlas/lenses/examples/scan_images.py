"""All layers' evidence in one pass over the image set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.config.schema import Examples
from convatlas.images.loading import load
from convatlas.lenses.base import RenderContext
from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.batch_summary import Reducer
from convatlas.lenses.examples.sample import Draw
from convatlas.model.records import Layer
from convatlas.network.preprocess import prepare
from convatlas.network.responses import normalise, tap

BATCH = {"cpu": 8}
"""Images a forward pass by kind of device: on a CPU so few that a layer's responses are still in
its cache when they are looked at."""

MANY = 64
"""Images a forward pass on any other device."""


def scan_images(
    context: RenderContext, layers: Sequence[Layer], options: Examples
) -> tuple[Draw, dict[str, LayerAccumulator]]:
    """Show every image of the set to the network once, and keep what tells of each filter.

    Gives the images that stand for the whole set, and each layer's tally by name.
    """
    draw, tallies = begun(context, layers, options)
    with torch.inference_mode():
        for first, pictures in batches(context):
            taps = {_tap(layer): partial(tallies[layer.name].add, first) for layer in layers}
            inputs = normalise(pictures, context.plan.network.preprocessing)
            tap(context.module, inputs, taps, stop=True)
    for accumulator in tallies.values():
        accumulator.settle()
    return draw, tallies


def begun(
    context: RenderContext, layers: Sequence[Layer], options: Examples
) -> tuple[Draw, dict[str, LayerAccumulator]]:
    """The same, before the first image."""
    images, heat = context.plan.images, context.plan.policy.heatmaps
    assert images is not None
    draw, reducer = Draw.of(images.fingerprint, len(images.images)), Reducer()
    return draw, {
        layer.name: LayerAccumulator.empty(layer, images, draw, options, heat=heat, reducer=reducer)
        for layer in layers
    }


def batches(context: RenderContext) -> Iterator[tuple[int, Tensor]]:
    """All images in batches as [n, channels, height, width] from 0 to 1, with the first's index.

    They are decoded ahead of the device, by other processes where the set is large. Their channels
    stand last in memory, which is what convolutions are quickest with on a CPU.
    """
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    preprocessing = context.plan.network.preprocessing

    def pixels(index: int) -> NDArray[np.uint8]:
        return prepare(picture(index), preprocessing)

    batch = BATCH.get(context.device.type, MANY)
    with closing(load(range(len(images.images)), pixels, batch)) as loaded:
        for first, stacked in loaded:
            pictures = torch.from_numpy(stacked).to(context.device)
            yield first, pictures.permute(0, 3, 1, 2).float().div_(255)


def _tap(layer: Layer) -> tuple[str, int]:
    assert layer.tap is not None
    return layer.tap
