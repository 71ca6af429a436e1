"""Make the records of a layer's filters from what was accumulated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.heatmaps import sprite
from convatlas.lenses.examples.records import (
    ABSENT,
    PEAKS,
    SKETCH,
    ClassMean,
    Example,
    ExamplesData,
    Histogram,
    Numbers,
)
from convatlas.lenses.examples.top_k import Candidates, TopK
from convatlas.lenses.parts.draw import Draw
from convatlas.lenses.parts.peaks import GRID, packed_peaks
from convatlas.model.records import Record, short

PERCENTILES = (99.9, 99.0, 90.0, 50.0)
"""Percentiles of the highest response to an image; the images at them are shown."""

BINS = 20
"""Number of bars of a histogram."""

Floats = NDArray[np.floating[Any]]


class LayerRecords:
    """The records of a layer's filters, made one by one from its accumulator.

    ``ids`` are the ids of all images of the set, ``draw`` is its sample. All numbers are over the
    images that reach the layer.
    """

    def __init__(self, accumulator: LayerAccumulator, draw: Draw, ids: Sequence[str]) -> None:
        self.accumulator = accumulator
        self.draw = draw
        self.ids = ids
        self.reached = np.flatnonzero(accumulator.sample.reached)  # places in the sample
        self.peaks = self._peaks()
        self.mean, self.std = accumulator.moments.positions
        self.mean_highest, self.std_highest = accumulator.moments.maxima
        self.ends = [
            End(kept, accumulator.layer.filters)
            for kept in (accumulator.highest, accumulator.lowest)
        ]

    def record(self, index: int) -> Record:
        """Return one filter's record: data, picture ``heat``, blobs ``sketch`` and ``peaks``.

        The filter's responses must be finite (``accumulator.moments.finite``).
        """
        highest, lowest = (end[index] for end in self.ends)
        sample = self._sample(index)
        top = list(self._kept(highest, 1))
        numbers = self._numbers(index)
        bounds = numbers["bounds"]
        heat = sprite(highest.heat, lowest.heat, bounds["highest"], bounds["lowest"])
        data: ExamplesData = {
            **numbers,
            "top": top,
            "lowest": list(self._kept(lowest, -1, len(top))),
            "range": self._range(index, top),
            "percentiles": percentiles(sample),
            "histogram": histogram(sample),
            "positions": histogram(
                self.accumulator.sample.values[self.reached, :, index].flatten().numpy()
            ),
            "classes": [_rounded(each) for each in self.accumulator.classes.best(index)],
            "selectivity": _short(self.accumulator.classes.selectivity(index)),
            "among": {n: short(share) for n, share in self.accumulator.ranks.shares(index).items()},
            "heat": list(highest.heat.shape[1:]) if heat else None,
        }
        blobs = {SKETCH: self._sketch(sample)}
        if self.peaks is not None:
            blobs[PEAKS] = self.peaks[index].tobytes()
        return Record(data, {"heat": heat} if heat else {}, blobs)

    def _peaks(self) -> NDArray[np.uint8] | None:
        """Return the blobs ``PEAKS`` [filters, bytes], or None if filters have none."""
        shape = self.accumulator.layer.map_size
        assert shape is not None
        if min(shape) < GRID or len(self.reached) < len(self.draw.images):
            return None
        sample = self.accumulator.sample
        return packed_peaks(sample.positions.numpy(), sample.filled.numpy(), shape)

    def _sample(self, index: int) -> Floats:
        """Return a filter's highest response to each image of the sample that reaches the layer."""
        sample: Floats = self.accumulator.sample.highest[index].numpy()[self.reached]
        return sample

    def _sketch(self, sample: Floats) -> bytes:
        """Return a signed byte for each image of the sample, also for those that are absent."""
        sketched = np.full(len(self.draw.images), ABSENT, np.int8)
        sketched[self.reached] = sketch(sample)
        return sketched.tobytes()

    def _numbers(self, index: int) -> Numbers:
        moments = self.accumulator.moments
        images, area = moments.images, moments.area
        highest, lowest = moments.highest[index].item(), moments.lowest[index].item()
        numbers: Numbers = {
            "images": images,
            "sampled": len(self.reached),
            "bounds": {"highest": exact(highest), "lowest": exact(lowest)},
            "mean": short(self.mean[index].item()),
            "std": short(self.std[index].item()),
            "mean_highest": short(self.mean_highest[index].item()),
            "std_highest": short(self.std_highest[index].item()),
            "share_images": short(moments.lit[index].item() / images),
            "share_positions": short(moments.above[index].item() / images / area),
        }
        if images < len(self.ids):
            numbers["shown"] = len(self.ids)
        return numbers

    def _kept(self, kept: Candidates, sign: int, tile: int = 0) -> Iterator[Example]:
        """Yield the images at one end of the range, each with its quantile in the set."""
        last = max(self.accumulator.moments.images - 1, 1)
        for rank, image in enumerate(kept.images.tolist()):
            yield {
                "image": self.ids[image],
                "response": exact(sign * kept.strengths[rank].item()),
                "position": self._position(kept.positions[rank].item()),
                "quantile": short(1 - rank / last if sign > 0 else rank / last),
                "tile": tile + rank,
            }

    def _range(self, index: int, top: Sequence[Example]) -> list[Example]:
        """Return the strongest image, those at the percentiles of the sample, and random ones.

        They are in order of falling response; of equal responses, the earlier image is first.
        """
        values = self._sample(index)
        order = np.argsort(-values, kind="stable")[::-1]
        last = len(order) - 1
        ranks = {round(last * percent / 100): False for percent in PERCENTILES}
        for place in np.flatnonzero(np.isin(self.reached, self.draw.shown)).tolist():
            ranks.setdefault(int(np.flatnonzero(order == place)[0]), True)
        entries = {top[0]["image"]: top[0]}
        tiles = {entry["image"]: entry["tile"] for entry in top}
        for rank, drawn in sorted(ranks.items(), reverse=True):
            place = order[rank]
            sampled = self.reached[place]
            image = self.ids[self.draw.images[sampled]]
            entry: Example = {
                "image": image,
                "response": exact(values[place].item()),
                "position": self._position(
                    self.accumulator.sample.positions[index, sampled].item()
                ),
                "quantile": short(rank / last) if last else 1.0,
                "tile": tiles.get(image),
            }
            if drawn:
                entry["drawn"] = True
            entries.setdefault(image, entry)
        return list(entries.values())

    def _position(self, flat: float) -> list[int]:
        """Convert a flat index into the layer's map to [row, column]."""
        assert self.accumulator.layer.map_size is not None
        return list(divmod(int(flat), self.accumulator.layer.map_size[1]))


class End:
    """The images at one end of the range, by filter."""

    def __init__(self, kept: TopK, filters: int) -> None:
        self.kept = kept.settle()
        self.starts = np.searchsorted(self.kept.filters, np.arange(filters + 1))

    def __getitem__(self, index: int) -> Candidates:
        """Return the images of one filter, the strongest first."""
        return self.kept[np.arange(self.starts[index], self.starts[index + 1])]


def percentiles(values: Floats) -> dict[str, float]:
    """Return the values at the percentiles, by nearest rank."""
    order = np.sort(values)
    return {f"{p:g}": exact(order[round((len(order) - 1) * p / 100)].item()) for p in PERCENTILES}


def histogram(values: Floats) -> Histogram:
    """Return a histogram with evenly spaced edges from the lowest to the highest value.

    Inner edges are rounded to about a hundredth of a bar, however narrow the range is in relation
    to the values.
    """
    low, high = exact(values.min()), exact(values.max())
    if low == high:
        return {"edges": [low, high], "counts": [len(values)]}
    step = (high - low) / BINS
    decimals = 2 - math.floor(math.log10(step))
    edges = [low, *(round(low + step * n, decimals) for n in range(1, BINS)), high]
    counts, _ = np.histogram(np.clip(values.astype(np.float64), low, high), edges)
    return {"edges": edges, "counts": counts.tolist()}


def sketch(values: Floats) -> NDArray[np.int8]:
    """Return a signed byte for each sampled image, by which filters are compared.

    It is the highest response to the image minus the mean of these, relative to the largest such
    difference; all are zero if the filter responds the same to all images.
    """
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    largest = np.abs(centred).max()
    if values.min() == values.max():
        centred, largest = np.zeros_like(centred), 1.0
    sketched: NDArray[np.int8] = np.rint(centred * (127 / largest)).astype(np.int8)
    return sketched


def exact(value: float) -> float:
    """Return the shortest decimal that identifies a float32."""
    return float(str(np.float32(value)))


def _short(value: float | None) -> float | None:
    return None if value is None else short(value)


def _rounded(entry: ClassMean) -> ClassMean:
    return {**entry, "mean": short(entry["mean"]), "gap": _short(entry["gap"])}
