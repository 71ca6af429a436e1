"""Render requests for attributions: images traced back from the filters that they excite."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convatlas.config.schema import Method
from convatlas.errors import describe
from convatlas.images.signed import signed_picture
from convatlas.images.sprites import fitting, sheet
from convatlas.lenses.attribution.limits import BYTES, SIDES
from convatlas.lenses.attribution.records import AttributionData
from convatlas.lenses.base import Batch, Failed, RenderContext, grouped, layer_of
from convatlas.model.facts import Layer
from convatlas.model.records import Json, Record, RecordRequest
from convatlas.network.attribution import Trace
from convatlas.network.device import reproducible
from convatlas.network.memory import Capacity
from convatlas.network.responses import as_inputs

log = logging.getLogger("convatlas.attribution")

PICTURES = {"cpu": 16}
"""Pictures that are traced back at once, by device type."""
MANY = 48
"""The same for any other device."""
REMEMBERED = 512
"""Number of prepared images that are cached, because many filters are excited by the same ones."""

Floats = NDArray[np.float32]
Sample = tuple[int, Json]
"""A filter's index, and one of its crops: an image, a position, a window."""


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Yield batches of filters of one layer; if a layer fails, the rest of it is given up."""
    pixels = context.once(_prepared)
    for name, group in grouped(requests, layer_of).items():
        tracer = Tracer(context, context.layer(name), pixels)
        done = 0
        try:
            for part in tracer.parts(group):
                yield from tracer.render(part)
                done += len(part)
        except Exception as error:  # the network is the user's code and may raise anything
            log.debug("%s", name, exc_info=True)
            yield Failed(group[done:], f"attribution of {name}: {describe(error)}")


def _capacity(context: RenderContext) -> Capacity:
    single = context.plan.network.single
    most = 1 if single else PICTURES.get(context.device.type, MANY)
    return Capacity(most, context.device)


def _prepared(context: RenderContext) -> Callable[[str], NDArray[np.uint8]]:
    return context.prepared(REMEMBERED)


class Tracer:
    """Traces the images of one layer's filters; ``pixels`` returns an image by its id."""

    def __init__(
        self, context: RenderContext, layer: Layer, pixels: Callable[[str], NDArray[np.uint8]]
    ) -> None:
        self.context = context
        self.layer = layer
        self.pixels = pixels
        self.capacity = context.once(_capacity)

    def parts(self, requests: Sequence[RecordRequest]) -> Iterator[Sequence[RecordRequest]]:
        """Yield requests that share a batch: one each where bytes are promised."""
        largest = max(len(request.recipe["cuts"]) for request in requests)
        start = 0
        while start < len(requests):
            shared = 1 if reproducible(self.context.device) else self.capacity.count // largest
            yield requests[start : start + max(1, shared)]
            start += max(1, shared)

    def render(self, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
        """Yield the records of filters with the same methods; those not finite are failures.

        Raises:
            NetworkError: the layer cannot be traced back.
        """
        samples = [
            (int(request.item), cut) for request in requests for cut in request.recipe["cuts"]
        ]
        values, rectifiers = self._traced(samples, requests[0].recipe["methods"])
        sound, strange, start = [], [], 0
        for request in requests:
            end = start + len(request.recipe["cuts"])
            own = {method: windows[start:end] for method, windows in values.items()}
            start = end
            if all(np.isfinite(window).all() for found in own.values() for window in found):
                sound.append((request, _record(request.recipe["cuts"], own, rectifiers)))
            else:
                strange.append(request)
        if sound:
            yield sound
        if strange:
            items = ", ".join(str(request.item) for request in strange)
            reason = "what is traced back from it is not finite; look for it in the weights"
            yield Failed(strange, f"attribution of {self.layer.name}: {reason} (filters {items})")

    def _traced(
        self, samples: Sequence[Sample], methods: Sequence[Method]
    ) -> tuple[dict[str, list[Floats]], int]:
        """Return each sample's window [channels, h, w] by each method, and how many rectifiers.

        Without rectifiers, all methods equal the gradient.
        """
        found: dict[str, list[Floats]] = {}
        start = 0
        while start < len(samples):
            some = partial(self._traced_together, samples[start:], methods)
            windows, rectifiers = self.capacity.run(some, len(samples) - start)
            for method, own in windows.items():
                found.setdefault(method, []).extend(own)
                start = len(found[method])
        return found, rectifiers

    def _traced_together(
        self, samples: Sequence[Sample], methods: Sequence[Method], count: int
    ) -> tuple[dict[str, list[Floats]], int]:
        """Return the same of the first ``count`` samples, which are traced in one batch."""
        part = samples[:count]
        trace = Trace(self.context.module, [self.layer], self._inputs(part))
        rectifiers = trace.rectifiers(self.layer.name)
        seeds = _seeds(trace.response(self.layer.name), part)
        chosen: Sequence[Method] = methods if rectifiers else ["gradient"]
        found = {}
        for method in chosen:
            traced = trace.back(self.layer.name, seeds, method)[0].cpu()
            found[str(method)] = list(_windows(traced, part))
        return found, rectifiers

    def _inputs(self, samples: Sequence[Sample]) -> Tensor:
        pixels = np.stack([self.pixels(image) for _, (image, _, _) in samples])
        return as_inputs(pixels, self.context.plan.network.preprocessing, self.context.device)


def _seeds(response: Tensor, samples: Sequence[Sample]) -> Tensor:
    """Return 1 at each sample's own filter and position: [1, n, filters, rows, columns]."""
    seeds = torch.zeros_like(response)
    places = [(n, index, row, column) for n, (index, (_, (row, column), _)) in enumerate(samples)]
    seeds[torch.tensor(places, device=response.device).unbind(1)] = 1
    return seeds[None]


def _windows(traced: Tensor, samples: Sequence[Sample]) -> Iterator[Floats]:
    """Yield each sample's crop of [n, channels, h, w] in main memory; NaN if any is not finite."""
    for one, (_, (_, _, (left, top, width, height))) in zip(traced, samples, strict=True):
        window = one[:, top : top + height, left : left + width]
        yield (window if one.isfinite().all() else window * torch.nan).numpy()


def _record(cuts: Json, values: dict[str, list[Floats]], rectifiers: int) -> Record:
    """Return a record with a sprite for each method, all with tiles of one size."""
    for side in SIDES:
        made = {
            method: fitting(partial(_sheet, windows), [side], BYTES)
            for method, windows in values.items()
        }
        if all(len(sprite.data) <= BYTES for sprite, _ in made.values()):
            break
    height, width = next(iter(made.values()))[1].shape[:2]
    data: AttributionData = {
        "count": len(cuts),
        "tile": [height, width // len(cuts)],
        "windows": [place for _, _, place in cuts],
        "rectifiers": rectifiers,
    }
    return Record(data, {method: sprite for method, (sprite, _) in made.items()})


def _sheet(windows: Sequence[Floats], side: int) -> NDArray[np.uint8]:
    """Return crops as tiles of one size, that of the first, because crops at an edge may differ."""
    tiles = [signed_picture(window, side) for window in windows]
    height, width = tiles[0].shape[:2]
    return sheet([_resized(tile, width, height) for tile in tiles], len(tiles))


def _resized(tile: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if tile.shape[:2] == (height, width):
        return tile
    return np.asarray(Image.fromarray(tile).resize((width, height), Image.Resampling.BOX))
