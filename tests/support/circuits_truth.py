"""Small networks whose circuits are known, and what the lenses say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.circuits import Circuits
from convatlas.lenses.circuits.packing import unpacked
from convatlas.lenses.circuits.records import (
    LAYER,
    CircuitData,
    LayerCircuitsData,
    PackedCircuit,
)
from convatlas.lenses.examples import Examples
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import StoredRecord
from support.contexts import lens_options, render_context_of

SIZE = 20


class Planted(nn.Module):
    """Filter 0 of ``sum`` is twice filter 3 of ``stem`` minus filter 7; ``late`` reads a stream.

    Filter 1 of ``sum`` is two unrelated filters, of which any picture shows at most one. The stream
    is ``stem``, ``block`` and what ``joined`` makes of a concatenation.
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.sum = nn.Conv2d(8, 3, 1)
        self.block = nn.Conv2d(8, 8, 3, padding=1)
        self.squeeze = nn.Conv2d(8, 3, 1)
        self.expand = nn.Conv2d(3, 8, 3, padding=1)
        self.joined = nn.Conv2d(11, 8, 1)
        self.late = nn.Conv2d(8, 4, 3, stride=2)
        with torch.no_grad():
            self.sum.weight[:2] = 0
            self.sum.weight[0, 3], self.sum.weight[0, 7] = 2, -1
            self.sum.weight[1, 4], self.sum.weight[1, 5] = 1, 1
            self.sum.weight[2], self.sum.bias[2] = 0, -1
            for filter, channel in ((4, 0), (5, 2)):
                self.stem.weight[filter] = -0.2
                self.stem.weight[filter, channel] = 1
                self.stem.bias[filter] = -1

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        found = F.relu(self.sum(x))
        y = F.relu(x + self.block(x))
        z = F.relu(self.expand(F.relu(self.squeeze(y))))
        y = F.relu(y + z)
        y = y + self.joined(torch.cat([found, y], 1))
        return self.late(F.max_pool2d(F.relu(y), 2)).mean((2, 3))


def photos(count: int) -> list[Image.Image]:
    """Noise of which every other picture is reddish, and the others are bluish."""
    random = np.random.default_rng(0)
    found = []
    for number in range(count):
        pixels = random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
        pixels[..., [1, 2 if number % 2 else 0]] //= 3
        found.append(Image.fromarray(pixels))
    return found


def with_examples(
    module: nn.Module, pictures: Sequence[Image.Image], size: int = SIZE
) -> RenderContext:
    """A studio in which the strongest images of all filters are known."""
    context = render_context_of(module, pictures, size)
    lens = Examples()
    for batch in lens.render(context, list(lens.requests(context.plan, RecordIndex()))):
        assert not isinstance(batch, Failed), batch.reason
        for request, record in batch:
            context.records.add(request, StoredRecord(record.data, {}))
    return context


def with_more_inputs(context: RenderContext) -> RenderContext:
    """The same with up to 50 exciting and inhibiting inputs."""
    options = {"circuits": {"inputs": 50}}
    lenses = dict(context.plan.lenses) | dict(lens_options(**options))  # type: ignore[arg-type]
    return replace(context, plan=replace(context.plan, lenses=lenses))


class Rendered:
    """The records of a context's circuits."""

    def __init__(self, context: RenderContext) -> None:
        lens = Circuits()
        self.filters: dict[tuple[str, int], CircuitData] = {}
        self.layers: dict[str, LayerCircuitsData] = {}
        self.slices: dict[str, bytes] = {}
        self.failed: list[str] = []
        requests = list(lens.requests(context.plan, context.records))
        for batch in lens.render(context, requests):
            if isinstance(batch, Failed):
                self.failed.append(batch.reason)
                continue
            (after,) = [each.data["after"] for request, each in batch if request.item == LAYER]
            for request, record in batch:
                if request.item == LAYER:
                    self.layers[str(request.layer)] = record.data  # type: ignore[assignment]
                    for picture in record.pictures.values():
                        self.slices[str(request.layer)] = picture.data
                else:
                    place = str(request.layer), int(request.item)
                    packed = cast("PackedCircuit", record.data)
                    self.filters[place] = unpacked(packed, after)

    def inputs(self, layer: str, index: int) -> dict[tuple[str, int], float]:
        """The listed inputs of a filter with their mean drops."""
        data, names = self.filters[layer, index], self.layers[layer]["layers"]
        return {
            (names[each[0]], each[1]): each[2] for each in (*data["exciting"], *data["inhibiting"])
        }

    def behind(self, layer: str, index: int) -> dict[tuple[str, int], float]:
        """The filters behind a bottleneck with their mean drops."""
        names = self.layers[layer]["layers"]
        return {(names[at], n): drop for at, n, drop in self.filters[layer, index]["behind"]}
