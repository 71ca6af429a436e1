"""All layers' strongest images in one pass over the image set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convatlas.errors import RenderError
from convatlas.lenses.lens import Studio
from convatlas.network.preprocess import prepare
from convatlas.network.responses import normalise, tap
from convatlas.records import Layer, Record

BATCH = 16
"""Images a forward pass; more are no faster on a CPU, and little on a GPU."""


def survey(studio: Studio, layers: Sequence[Layer], top: int) -> dict[str, Strongest]:
    """Show every image of the set to the network once, and keep what excites each filter most."""
    kept = {layer.name: Strongest.empty(layer, top, studio.device) for layer in layers}
    with torch.inference_mode():
        for first, pictures in batches(studio):
            taps = {_tap(layer): partial(kept[layer.name].add, first) for layer in layers}
            inputs = normalise(pictures, studio.study.network.preprocessing)
            tap(studio.module, inputs, taps, stop=True)
    return {name: strongest.on_cpu() for name, strongest in kept.items()}


def batches(studio: Studio) -> Iterator[tuple[int, Tensor]]:
    """All images in batches as [n, channels, height, width] from 0 to 1, with the first's index.

    Threads decode ahead of the device: Pillow decodes without holding the interpreter's lock.
    """
    images, picture = studio.study.images, studio.picture
    assert images is not None
    assert picture is not None
    preprocessing = studio.study.network.preprocessing

    def load(start: int) -> tuple[int, Tensor]:
        indices = range(start, min(start + BATCH, len(images.images)))
        pixels = np.stack([prepare(picture(index), preprocessing) for index in indices])
        return start, torch.from_numpy(pixels)

    with ThreadPoolExecutor(max_workers=2) as pool:
        starts = list(range(0, len(images.images), BATCH))
        ahead = [pool.submit(load, start) for start in starts[:3]]
        for position in range(len(starts)):
            first, pixels = ahead.pop(0).result()
            if position + 3 < len(starts):
                ahead.append(pool.submit(load, starts[position + 3]))
            yield first, pixels.to(studio.device).permute(0, 3, 1, 2).float().div_(255)


@dataclass
class Strongest:
    """The top images of each filter of a layer, kept while the images pass by.

    ``responses`` [filters, top] fall along each row; ``images`` [filters, top] are indices into the
    set, -1 where there is none yet; ``positions`` [filters, top] are flat indices into the map.
    ``highest`` and ``lowest`` [filters] are over all positions of all images.
    """

    layer: Layer
    responses: Tensor
    images: Tensor
    positions: Tensor
    highest: Tensor
    lowest: Tensor
    count: int = 0

    @classmethod
    def empty(cls, layer: Layer, top: int, device: torch.device) -> Strongest:
        """Nothing seen yet."""
        shape = (layer.filters, top)
        return cls(
            layer,
            torch.full(shape, -torch.inf, device=device),
            torch.full(shape, -1, dtype=torch.long, device=device),
            torch.zeros(shape, dtype=torch.long, device=device),
            torch.full(shape[:1], -torch.inf, device=device),
            torch.full(shape[:1], torch.inf, device=device),
        )

    def add(self, first: int, response: Tensor) -> None:
        """Take in the responses [n, filters, h, w] to the images from index ``first`` on.

        Images come in order and a new one must be strictly stronger, so ties go to the earlier
        image.
        """
        maps = response.flatten(2)
        highest = maps.amax(2)
        self.highest = torch.maximum(self.highest, highest.amax(0))
        self.lowest = torch.minimum(self.lowest, maps.amin(2).amin(0))
        self.count += len(maps)
        # Only few images enter the lists after the first hundred, so positions are looked for late.
        entering = (highest > self.responses[:, -1]).any(0).nonzero().squeeze(1)
        if len(entering):
            self._merge(first, entering, maps[:, entering], highest[:, entering])

    def _merge(self, first: int, rows: Tensor, maps: Tensor, highest: Tensor) -> None:
        """Merge new responses into some filters' rows; a stable sort keeps images in order."""
        indices = torch.arange(first, first + len(maps), device=rows.device)
        responses = torch.cat([self.responses[rows], highest.T], dim=1)
        images = torch.cat([self.images[rows], indices.expand(len(rows), -1)], dim=1)
        positions = torch.cat([self.positions[rows], maps.argmax(2).T], dim=1)
        order = responses.sort(dim=1, descending=True, stable=True).indices
        order = order[:, : self.responses.shape[1]]
        self.responses[rows] = responses.gather(1, order)
        self.images[rows] = images.gather(1, order)
        self.positions[rows] = positions.gather(1, order)

    def on_cpu(self) -> Strongest:
        """The same in main memory, where single numbers are read quickly."""
        tensors: dict[str, Any] = {
            name: t.cpu() for name, t in vars(self).items() if isinstance(t, Tensor)
        }
        return replace(self, **tensors)

    def record(self, index: int, ids: Sequence[str]) -> Record:
        """One filter's record: ``top`` (image id, response, position [row, column]) and bounds."""
        assert self.layer.map is not None
        width = self.layer.map[1]
        top = [
            {"image": ids[image], "response": response, "position": list(divmod(position, width))}
            for image, response, position in zip(
                self.images[index].tolist(),
                self.responses[index].tolist(),
                self.positions[index].tolist(),
                strict=True,
            )
            if image >= 0
        ]
        bounds = {"highest": self.highest[index].item(), "lowest": self.lowest[index].item()}
        if not all(map(math.isfinite, bounds.values())):
            raise RenderError(f"{self.layer.name}/{index}: the response is not finite")
        return Record({"top": top, "images": self.count, **bounds})


def _tap(layer: Layer) -> tuple[str, int]:
    assert layer.tap is not None
    return layer.tap
