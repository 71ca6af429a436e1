"""A small network whose effects are known, image by image, and what the lens says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.options import Effects as Options
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record
from convatlas.network.activations import ablated, consumed
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, lens_options, render_context_of

SIZE = 16


class Small(nn.Module):
    """Two convolutions, an average and a linear layer; filter 3 is dead, 1 and 2 are the same."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.near = nn.Conv2d(3, 6, 3)
        self.far = nn.Conv2d(6, 5, 3)
        self.head = nn.Linear(5, 4)
        with torch.no_grad():
            self.far.weight[2], self.far.bias[2] = self.far.weight[1], self.far.bias[1]
            self.head.weight[:, 2] = self.head.weight[:, 1]
            self.far.weight[3], self.far.bias[3] = 0, -1

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.far(F.relu(self.near(x)))).mean((2, 3)))


def photos(count: int) -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [
        Image.fromarray(random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8))
        for _ in range(count)
    ]


def studio(
    count: int = 11, labels: Sequence[tuple[str, int] | None] = (), **options: object
) -> RenderContext:
    lenses = lens_options(effects=Options.model_validate(options))
    context = render_context_of(Small(), photos(count), SIZE, lenses=lenses)
    images = context.plan.images
    assert images is not None
    if labels:
        known = [
            image if label is None else replace(image, label=label[0], target=label[1])
            for image, label in zip(images.images, labels, strict=True)
        ]
        context = replace(
            context, plan=replace(context.plan, images=replace(images, images=tuple(known)))
        )
    return context


def rendered(context: RenderContext) -> dict[tuple[str | None, int | str], Record]:
    lens = Effects()
    requests = list(lens.requests(context.plan, RecordIndex()))
    found = {}
    for piece in lens.pieces(context.plan, requests):
        for batch in lens.render(context, piece):
            assert not isinstance(batch, Failed), batch.reason
            found |= {(request.layer, request.item): record for request, record in batch}
    assert len(found) == len(requests)
    return found


class Truth:
    """What is true of a context's network, by running it on one image at a time."""

    def __init__(self, context: RenderContext, classes: Sequence[int | None], value: float | None):
        self.context = context
        images = context.plan.images
        assert images is not None
        preprocessing = context.plan.network.preprocessing
        pictures = [context.pictures[images.name](index) for index in range(len(images.images))]
        pixels = np.stack([prepare(picture, preprocessing) for picture in pictures])
        self.inputs = as_inputs(pixels, preprocessing, CPU)
        with torch.no_grad():
            self.output = context.module(self.inputs)
            self.predicted = self.output.argmax(1).tolist()
            near = F.relu(context.module.near(self.inputs))
            self.values = {"near": near, "far": F.relu(context.module.far(near))}
        pairs = zip(classes, self.predicted, strict=True)
        self.classes = [own if given is None else given for given, own in pairs]
        self.value = value

    def baseline(self, layer: str, index: int) -> float:
        return float(self.values[layer][:, index].mean()) if self.value is None else self.value

    def effects(self, layer: str, index: int) -> Tensor:
        """What the lead of each image really loses."""
        tap = consumed(self.context.layer(layer))
        value = torch.tensor([self.baseline(layer, index)])
        change = {tap: (torch.tensor([index]), value)}
        after = ablated(self.context.module, self.inputs, change)
        return self.lead(self.output) - self.lead(after)

    def lead(self, output: Tensor) -> Tensor:
        own = output[range(len(output)), self.classes]
        return own - output.mean(1)

    def importance(self, layer: str, index: int) -> float:
        """Molchanov's criterion for the last layer, whose gradient is known in closed form."""
        shares = self.output.softmax(1)
        shares[range(len(shares)), self.classes] -= 1
        head = self.context.module.head.weight[:, index].detach()
        deviation = (self.values[layer][:, index] - self.baseline(layer, index)).mean((1, 2))
        return float(((shares @ head) * deviation).square().mean())
