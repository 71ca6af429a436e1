"""The pass over the images: each of them plain and edited, all layers at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial, reduce

import torch
from torch import Tensor

from convatlas.errors import RenderError
from convatlas.images.edits.edit import Edit
from convatlas.lenses.base import RenderContext
from convatlas.lenses.parts.image_batches import as_pictures, edited_batches
from convatlas.model.facts import Layer
from convatlas.network.memory import Capacity
from convatlas.network.responses import complete_pass, normalise, tap, tap_of
from convatlas.network.scores import logits, scores_of

TOGETHER = {"cpu": 8}
"""Images per forward pass, by device type: on a CPU few, so that responses stay in its cache."""
MANY = 64
"""The same on any other device."""
FEW = 32
"""Filters below which torch takes the highest of each more slowly than in two steps."""
HELD = 2**30
"""Bytes that the responses to the images of one pass may take."""


def together(context: RenderContext) -> Capacity:
    """Return how many images are shown at once."""
    most = 1 if context.plan.network.single else TOGETHER.get(context.device.type, MANY)
    return Capacity(most, context.device)


def fitting(edits: Sequence[str], layers: Sequence[Layer], images: int) -> Iterator[Sequence[str]]:
    """Cut edits into groups that are shown in one pass: all of them, if memory allows."""
    each = 4 * images * max(sum(layer.filters for layer in layers), 1)
    size = max(HELD // each - 1, 1)
    for start in range(0, len(edits), size):
        yield edits[start : start + size]


class Showing:
    """What layers and the output answer to images in several versions, the plain one first.

    Args:
        context: What is rendered with.
        layers: The layers.
        images: The indices of the images in the set.
        edits: What makes the other versions.
        scored: Whether scores of classes are kept.

    Attributes:
        highest: By layer, the highest response to each image [versions, images, filters].
        reached: By layer, whether the image reaches it [versions, images].
        uneven: The layers that do not answer each picture with a map.
        logits: Of each class [versions, images, classes]; none without scores.
        touched: The share of an image's pixels that are not as in the plain one [versions, images].
    """

    def __init__(
        self,
        context: RenderContext,
        layers: Sequence[Layer],
        images: Sequence[int],
        edits: Sequence[Edit],
        *,
        scored: bool,
    ) -> None:
        self.context = context
        self.layers = layers
        self.images = images
        self.edits = edits
        self.classes = context.plan.network.scores if scored else 0
        shape = 1 + len(edits), len(images)
        self.highest = {layer.name: torch.zeros(*shape, layer.filters) for layer in layers}
        self.reached = {layer.name: torch.zeros(shape, dtype=torch.bool) for layer in layers}
        self.uneven: set[str] = set()
        self.logits = torch.zeros(*shape, self.classes)
        self.touched = torch.zeros(shape)
        self._capacity = together(context)

    def run(self) -> None:
        """Show the images.

        Raises:
            RenderError: an edit fails, or the network's output is no row of scores.
        """
        batches = edited_batches(self.context, self.edits, self._capacity.count, self.images)
        with torch.inference_mode():
            for first, pixels in batches:
                places = slice(first, first + len(pixels))
                for version, own in enumerate(pixels.unbind(1)):
                    self.touched[version, places] = changed(pixels[:, 0], own).cpu()
                    self._show(version, first, as_pictures(own))

    def _show(self, version: int, first: int, pictures: Tensor) -> None:
        """Show a batch of pictures, fewer at once after memory has run out."""
        inputs = normalise(pictures, self.context.plan.network.preprocessing)
        start = 0
        while start < len(inputs):
            some = partial(self._show_some, version, first + start, inputs[start:])
            start += self._capacity.run(some, len(inputs) - start)

    def _show_some(self, version: int, first: int, inputs: Tensor, count: int) -> int:
        """Show the first ``count`` pictures, and return that number."""
        places = slice(first, first + count)

        def keep(name: str, response: Tensor) -> None:
            if len(response) == count:
                self.highest[name][version, places] = highest(response).cpu()
                self.reached[name][version, places] = True
            elif len(response) or count > 1:
                self.uneven.add(name)

        taps = {tap_of(layer): partial(keep, layer.name) for layer in self.layers}
        if not self.classes:
            tap(self.context.module, inputs[:count], taps)
            return count
        scores = scores_of(complete_pass(self.context.module, inputs[:count], taps), count)
        if scores is None or scores.shape[1] != self.classes:
            raise RenderError("the network's output for these images is no row of scores for each")
        self.logits[version, places] = logits(scores.float()).cpu()
        return count


def changed(plain: Tensor, edited: Tensor) -> Tensor:
    """Return the share of pixels that differ [n]; pixels are [n, height, width, channels]."""
    channels = (plain != edited).unbind(3)
    return reduce(torch.logical_or, channels).float().mean((1, 2))


def highest(response: Tensor) -> Tensor:
    """Return the highest response over all positions, [n, filters] of [n, filters, h, w].

    Of few filters, they are taken as the last axis in memory together with the columns, so that
    each step is vectorised.
    """
    if response.shape[1] >= FEW:
        return response.amax((2, 3))
    maps = response.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
    n, _, width, filters = maps.shape
    return maps.flatten(2).amax(1).view(n, width, filters).amax(1)
