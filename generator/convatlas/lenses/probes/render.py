"""Render a probe in a network: what each layer responds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.config.schema import Method
from convatlas.errors import NetworkError
from convatlas.images.codecs.webp import encode
from convatlas.images.signed import signed_picture
from convatlas.images.sprites import fitting, sheet
from convatlas.lenses.base import RenderContext
from convatlas.lenses.probes.feature_maps import FeatureMaps
from convatlas.lenses.probes.prediction import prediction
from convatlas.lenses.probes.records import MAPS, Missed, PredictionData, TracedData
from convatlas.model.crops import Crop, around, box
from convatlas.model.facts import Probe
from convatlas.model.records import Record, RecordRequest
from convatlas.network.attribution import Trace
from convatlas.network.memory import Capacity
from convatlas.network.plain import as_written
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs

Floats = NDArray[np.float32]

EXTENT = 0.95
"""Share of the gradients' magnitude that the crops of a layer contain."""
SMALLEST = 16
"""Minimum side of a crop, in pixels of the network's input."""
SIDES = (96, 72, 48, 32)
"""Longer side of a traced tile in pixels; the first that fits into its bytes is used."""
BATCH = {"cpu": 5}
"""Filters that are traced back at once, by device type; on a CPU, more are no faster."""
MANY = 32
"""The same for any other device."""


class ProbeRun:
    """A probe's forward pass through the requested layers, and the records made from it."""

    def __init__(self, context: RenderContext, probe: Probe, layers: Collection[str]) -> None:
        """Make the probe the network's input.

        Raises:
            RenderError: its picture can no longer be read.
        """
        self.context = context
        self.probe = probe
        self.preprocessing = context.plan.network.preprocessing
        self.pixels = prepare(context.shown[probe.picture](), self.preprocessing)
        self.inputs = as_inputs(self.pixels[None], self.preprocessing, context.device)
        self._gradients: dict[str, Floats] = {}  # of the current layer
        self.layers = [each for each in context.plan.network.layers if each.name in layers]

    @cached_property
    def trace(self) -> Trace:
        """The forward pass up to the last requested layer.

        Raises:
            NetworkError: the network does not respond as it was recorded.
        """
        return Trace(self.context.module, self.layers, self.inputs)

    def record(self, request: RecordRequest) -> Record:
        """Return the requested record.

        Raises:
            NetworkError: the network does not respond as it was recorded, a response is not finite,
                or no gradient reaches the picture.
        """
        if request.layer is None:
            return self._picture()
        if not self.trace.reaches(request.layer):
            missed: Missed = {"reached": False}
            return Record(missed)
        feature_maps = FeatureMaps(
            self.context.layer(request.layer), self.trace.response(request.layer)[0]
        )
        if request.role == MAPS:
            return feature_maps.record(self.probe.top, request.recipe)
        return self._traced(feature_maps, cast(Method, request.role), request.recipe)

    def _picture(self) -> Record:
        with torch.inference_mode(), as_written():
            output = self.context.module(self.inputs.clone())  # because the network may write to it
        classes = len(self.context.plan.network.classes)
        data: PredictionData = {"prediction": prediction(output, classes)}
        return Record(data, {"picture": encode(self.pixels)})

    def _traced(self, feature_maps: FeatureMaps, method: Method, most: int) -> Record:
        layer, filters = feature_maps.layer, feature_maps.order[: self.probe.top].tolist()
        windows = self._windows(feature_maps, filters)
        found = self._back(feature_maps, filters, method)
        cut = [_cut(values, window) for values, window in zip(found, windows, strict=True)]

        def tiles(side: int) -> NDArray[np.uint8]:
            return sheet([signed_picture(values, side) for values in cut], len(cut))

        sprite, picture = fitting(tiles, SIDES, most)
        data: TracedData = {
            "filters": filters,
            "windows": [[w.left, w.top, w.width, w.height] for w in windows],
            "tile": [picture.shape[0], picture.shape[1] // len(filters)],
            "rectifiers": self.trace.rectifiers(layer.name),
        }
        return Record(data, {"tiles": sprite})

    def _windows(self, feature_maps: FeatureMaps, filters: Sequence[int]) -> list[Crop]:
        """Return the crop of the picture for each filter, all of one size to be comparable.

        A receptive field is usually much larger than the part that matters (Luo et al.,
        "Understanding the Effective Receptive Field", 2016), so it is cropped to where the
        gradients are.
        """
        height, width = self.preprocessing.size
        if self.probe.start == "map":
            return [Crop(0, 0, width, height, framed=False) for _ in filters]
        boxes = [box(feature_maps.layer, *feature_maps.position(index)) for index in filters]
        side = max(SMALLEST, extent(self._back(feature_maps, filters, "gradient"), boxes))
        return [around(each, side, (height, width)) for each in boxes]

    def _back(self, feature_maps: FeatureMaps, filters: Sequence[int], method: Method) -> Floats:
        """Return the picture traced back from each filter: [filters, channels, height, width]."""
        name = feature_maps.layer.name
        if method == "gradient" and name in self._gradients:
            return self._gradients[name]
        capacity = self.context.once(_capacity)
        parts, start = [], 0
        while start < len(filters):
            some = partial(self._back_together, feature_maps, filters[start:], method)
            parts.append(capacity.run(some, len(filters) - start))
            start += len(parts[-1])
        found = torch.cat(parts)
        if not found.isfinite().all():
            raise NetworkError(f"{name}: the gradient of some filter is not finite")
        traced: Floats = found.numpy()
        if method == "gradient":
            self._gradients = {name: traced}  # every method's crops follow them
        return traced

    def _back_together(
        self, feature_maps: FeatureMaps, filters: Sequence[int], method: Method, count: int
    ) -> Tensor:
        """Return the same of the first ``count`` filters, traced in one batch."""
        seeds = [feature_maps.seed(index, self.probe.start) for index in filters[:count]]
        together = torch.stack(seeds)[:, None]
        return self.trace.back(feature_maps.layer.name, together, method)[:, 0].cpu()


def _capacity(context: RenderContext) -> Capacity:
    return Capacity(BATCH.get(context.device.type, MANY), context.device)


def extent(gradients: Floats, boxes: Sequence[Sequence[int]]) -> int:
    """Return the side of squares around the centres of boxes that contain most of the gradients.

    ``gradients`` are [n, channels, height, width], one for each box; all squares have the same
    size.
    """
    magnitudes = np.abs(gradients).sum(1, dtype=np.float64)
    rows, columns = np.indices(magnitudes.shape[1:])
    held = np.zeros(2 * sum(magnitudes.shape[1:]))  # by the required side of the square
    for magnitude, (left, top, right, bottom) in zip(magnitudes, boxes, strict=True):
        down, across = np.abs(2 * rows + 1 - top - bottom), np.abs(2 * columns + 1 - left - right)
        sides = np.maximum(down, across) + 1
        held += np.bincount(sides.ravel(), magnitude.ravel(), len(held))
    shares = np.cumsum(held)
    return int(np.searchsorted(shares, EXTENT * shares[-1]))


def _cut(values: Floats, window: Crop) -> Floats:
    """Return the part of [channels, h, w] that a crop shows."""
    down = slice(window.top, window.top + window.height)
    return values[:, down, window.left : window.left + window.width]
