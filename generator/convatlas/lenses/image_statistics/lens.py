"""The colours and spectra of image sets, for maximised pictures that are to look like them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from convatlas.errors import RenderError
from convatlas.images.statistics import Floats, measure
from convatlas.images.statistics import Statistics as Measured
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    shared_key,
)
from convatlas.lenses.image_statistics.records import NAME, StatisticsData
from convatlas.lenses.image_statistics.reports import StatisticsReports
from convatlas.lenses.maximize.options import Maximize as Options
from convatlas.model.facts import ImageSetFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, Record, RecordRequest

if TYPE_CHECKING:
    from PIL import Image

MOST = 1000
"""How many pictures of a set are looked at, at most, evenly spaced over it."""

AHEAD = 64
"""How many pictures may wait decoded."""


class Statistics(Lens):
    """One record for each image set whose colours or spectra a maximised picture takes."""

    name = NAME
    version = 2
    seconds = 4.0
    reports = StatisticsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Request one record per set; it depends on the set and on how its pictures are cropped."""
        for name in needed(context):
            images = context.sets[name]
            shared = shared_key(
                self,
                pictures=_cut(context),
                images=images.fingerprint,
                used=len(used(images)),
            )
            yield RecordRequest(key(shared, name), self.name, None, name)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each set."""
        yield from ([request] for request in requests)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield one batch per set."""
        for request in requests:
            indices = used(context.plan.sets[str(request.item)])
            picture = context.pictures[str(request.item)]
            try:
                statistics = measure(_looking(context, picture, indices))
            except RenderError as error:
                yield Failed([request], f"{request.item}: {error}")
            else:
                yield [(request, Record(_data(statistics, len(indices))))]


def _data(statistics: Measured, images: int) -> StatisticsData:
    return {
        "colours": statistics.colours.tolist(),
        "mean": statistics.mean.tolist(),
        "spectrum": statistics.spectrum.tolist(),
        "images": images,
    }


def needed(context: PlanContext) -> list[str]:
    """Return the image sets whose statistics a recipe of a maximised picture may need, in order.

    Every section is taken for itself, so that there may be a set too many: one that is overruled
    wherever it would apply.
    """
    options = context.options(Options)
    if options is None:
        return []
    names = set()
    for section in (options, *options.layers.values(), *options.variants.values()):
        if section.image_set is not None:
            names.add(section.image_set)
        elif section.canvas == "phase" and context.images:
            names.add(context.images.name)
    return [name for name in context.sets if name in names]


def used(images: ImageSetFacts) -> list[int]:
    """Return the indices of the images that are measured."""
    every = len(images.images)
    count = min(MOST, every)
    return [number * every // count for number in range(count)]


def _cut(context: PlanContext) -> Json:
    """Return the transform from a picture to the network's input, before normalisation."""
    how = context.network.preprocessing
    return {
        "size": how.size,
        "resize": how.resize,
        "channels": how.channels,
        "interpolation": how.interpolation,
    }


def _looking(
    context: RenderContext, picture: Callable[[int], Image.Image], indices: Sequence[int]
) -> Callable[[], Iterator[Floats]]:
    """Return a way to iterate over pictures [channels, height, width], values 0 to 1."""
    from convatlas.network.preprocess import prepare

    preprocessing = context.plan.network.preprocessing

    def load(index: int) -> Floats:
        pixels = prepare(picture(index), preprocessing)
        return pixels.transpose(2, 0, 1).astype(np.float32) / 255

    def look() -> Iterator[Floats]:
        with ThreadPoolExecutor(max_workers=2) as pool:
            for start in range(0, len(indices), AHEAD):
                yield from pool.map(load, indices[start : start + AHEAD])

    return look
