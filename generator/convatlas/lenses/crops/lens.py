"""Small windows of the images that excite a filter most, for sets that are not shown whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.codecs.webp import SETTINGS, encode_within
from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    preprocessing_json,
    shared_key,
)
from convatlas.lenses.crops.records import NAME, CropsData
from convatlas.lenses.crops.reports import CropsReports
from convatlas.lenses.examples.records import ExamplesData, read_examples
from convatlas.model.crops import FEW, window
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, Record, RecordRequest, digest

MOST = FEW
"""Windows of a filter, at most."""
SIDE = 72
"""Pixels of a window's side, at most; smaller windows are not enlarged."""
BYTES = 12_000
"""What a filter's windows may take."""
BATCH = 64
REMEMBERED = 512
"""Prepared images that are kept at hand: many filters are excited by the same."""


class Crops(Lens):
    """One sprite a filter: the strongest images cut to what the filter sees, side by side."""

    name = NAME
    divisible = True
    version = 1
    seconds = 0.01
    reports = CropsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Request one record for each filter whose examples are known."""
        if context.images is None or context.policy.publish != "crops":
            return
        for layer, filters in context.layers():
            shared = shared_key(
                self,
                preprocessing=preprocessing_json(context),
                encoder=SETTINGS,
                limits=[MOST, SIDE, BYTES],
            )
            for index in filters:
                evidence = read_examples(records, layer.name, index)
                if evidence is not None:
                    cuts = list(_cuts(context, layer, evidence.data))
                    yield RecordRequest(
                        key(shared, digest(cuts)), self.name, layer.name, index, recipe=cuts
                    )

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield batches of sprites."""
        prepared = context.prepared(REMEMBERED)
        for start in range(0, len(requests), BATCH):
            yield [
                (request, _record(request.recipe, prepared))
                for request in requests[start : start + BATCH]
            ]


def _cuts(context: PlanContext, layer: Layer, evidence: ExamplesData) -> Iterator[Json]:
    """Yield each image with its window [left, top, width, height], all of one size."""
    size = context.network.preprocessing.size
    for example in evidence["top"][:MOST]:
        cut = window(layer, example["position"], size)
        yield [example["image"], cut.left, cut.top, cut.width, cut.height]


def _record(cuts: Json, prepared: Callable[[str], NDArray[np.uint8]]) -> Record:
    """Return the sprite, at half the size where noise takes too many bytes at any quality."""
    record = _sprite(cuts, prepared, SIDE)
    if len(record.pictures["crops"].data) > BYTES:
        record = _sprite(cuts, prepared, SIDE // 2)
    return record


def _sprite(cuts: Json, prepared: Callable[[str], NDArray[np.uint8]], side: int) -> Record:
    height, width = _shown(cuts[0][3:], side)
    tiles = []
    for image, left, top, across, down in cuts:
        window = prepared(image)[top : top + down, left : left + across]
        tiles.append(_resized(window, width, height))
    sprite = encode_within(np.concatenate(tiles, axis=1), BYTES)
    data: CropsData = {"size": [height, width], "count": len(tiles)}
    return Record(data, {"crops": sprite})


def _shown(window: Sequence[int], side: int) -> tuple[int, int]:
    """Height and width of what is shown of a window [width, height]: at most ``side`` pixels."""
    width, height = window
    scale = min(1, side / max(width, height))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _resized(window: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a window [h, w, 1 or 3] in colour, resized."""
    picture = Image.fromarray(window[:, :, 0] if window.shape[2] == 1 else window).convert("RGB")
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))
