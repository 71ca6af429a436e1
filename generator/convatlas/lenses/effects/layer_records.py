"""Make the records of a layer from its totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

import torch
from torch import Tensor

from convatlas.lenses.effects.exact import Exact
from convatlas.lenses.effects.records import (
    Audit,
    ClassEffect,
    ClassFilters,
    EffectsData,
    ImageEffect,
    LayerEffectsData,
)
from convatlas.lenses.effects.totals import LayerTotals
from convatlas.lenses.parts.packed import packed
from convatlas.model.records import Record, short

CLASSES = 4
"""Maximum number of classes that a filter's record lists as raised, and as lowered."""
IMAGES = 4
"""The same of images, which take the place of classes where images have none."""
RAISING, LOWERING = 4, 2
"""Maximum number of filters of a layer that are listed for a class, and against it."""
NOTABLE = 0.01
"""The share of the lead that an effect must exceed to count as a change."""


class LayerRecords:
    """The effects of a layer's filters, worked out from its totals.

    Args:
        totals: The totals, of at least one image.
        baseline: What the filters are set to [filters].
        leads: The leads of all images of the set, by index.
        exact: What its filters really do, where that takes the place of what is predicted.
    """

    def __init__(
        self,
        totals: LayerTotals,
        baseline: Tensor,
        leads: Sequence[float],
        exact: Exact | None = None,
    ) -> None:
        self.totals = totals
        self.baseline = baseline
        self.exact = exact
        self.rows = exact.common if exact else range(len(totals.sampled))
        self.effects = exact.effects if exact else totals.effects(baseline)
        self.common = self.effects[list(self.rows)]
        self.importance = totals.importance(baseline)
        by_class = totals.by_class(baseline)
        self.classes = list(by_class)
        self.images = torch.tensor([count for count, _ in by_class.values()])
        self.means = torch.stack([effects for _, effects in by_class.values()])
        self.of_classes = self.means
        self.counts = self.images[:, None].expand_as(self.means)
        if exact:
            self._measure(exact)
        own = torch.tensor([leads[totals.sampled[row]] for row in self.rows], dtype=torch.float64)
        self.notable = self.common.abs() > NOTABLE * own.abs()[:, None]

    def _measure(self, exact: Exact) -> None:
        """Replace the means of classes by measured ones, and count the images of these."""
        rows = self.totals.rows_of_classes()
        own = [rows.get(number, []) for number in self.classes]
        self.counts = torch.stack([exact.measured[each].sum(0) for each in own])
        sums = torch.stack([exact.effects[each].sum(0) for each in own])
        self.means = sums / self.counts.clamp(min=1)
        complete = self.counts == self.images[:, None]
        self.of_classes = torch.where(complete, self.means, self.of_classes)

    def finite(self, index: int) -> bool:
        """Return whether all numbers of a filter are."""
        numbers = self.common[:, index], self.means[:, index], self.importance[index]
        return all(bool(each.isfinite().all()) for each in numbers)

    def filter(self, index: int) -> EffectsData:
        """Return the data of a filter."""
        means, own = self.means[:, index], self.common[:, index]
        mean = own.mean() if self.exact else (means * self.images).sum() / self.images.sum()
        data: EffectsData = {
            "mean": short(float(mean)),
            "size": short(float(own.abs().mean())),
            "share": short(float(self.notable[:, index].double().mean())),
            "importance": short(float(self.importance[index])),
            "raises": list(self._classes(index)),
            "lowers": list(self._classes(index, sign=-1)),
            "images": len(self.rows) if self.exact else self.totals.images,
            "sampled": len(self.rows),
        }
        if None in self.classes:
            effects = self.effects[:, index]
            data["raised_images"] = list(self._images(effects))
            data["lowered_images"] = list(self._images(-effects, sign=-1))
        return data

    def _images(self, effects: Tensor, sign: int = 1) -> Iterator[ImageEffect]:
        """Yield the images of the sample with the highest effects above zero."""
        for place, value in _highest(effects, IMAGES):
            yield self.totals.sampled[place], sign * value

    def _classes(self, index: int, sign: int = 1) -> Iterator[ClassEffect]:
        """Yield the classes with a filter's highest means above zero, times the sign."""
        for place, value in _highest(sign * self.means[:, index], CLASSES):
            if (number := self.classes[place]) is not None:
                yield number, sign * value, int(self.counts[place, index])

    def layer(self, audit: Audit) -> LayerEffectsData:
        """Return the data of the layer as a whole."""
        sizes = self.common.abs().mean(0)
        sizes = sizes[sizes.isfinite()].sort(descending=True).values.cumsum(0)
        half = int((sizes < sizes[-1] / 2).sum()) + 1 if len(sizes) and sizes[-1] > 0 else 0
        data: LayerEffectsData = {
            "audit": audit,
            "classes": {
                str(number): self._filters(place)
                for place, number in enumerate(self.classes)
                if number is not None
            },
            "half": half,
            "baseline": _finite(self.baseline),
            "importance": _finite(self.importance),
        }
        if self.exact:
            each = int(self.exact.measured.sum(0).max())
            data["measured"] = {"images": len(self.rows), "each": each, "of": self.totals.images}
        return data

    def record(self, audit: Audit, sample: Sequence[int], blobs: Mapping[str, Tensor]) -> Record:
        """Return the record of the layer, with effects on single images.

        Args:
            audit: The test of its effects.
            sample: The images of the sample. One that does not reach the layer loses nothing.
            blobs: By name, effects on the images that do [sampled, filters].
        """
        data, kept = self.layer(audit), {}
        place = {image: row for row, image in enumerate(sample)}
        for name, effects in blobs.items():
            if effects.isfinite().all():
                rows = torch.zeros(len(sample), effects.shape[1], dtype=effects.dtype)
                rows[[place[image] for image in self.totals.sampled]] = effects
                kept[name], data.setdefault("units", {})[name] = packed(rows.numpy())
        return Record(data, blobs=kept)

    def _filters(self, place: int) -> ClassFilters:
        means = self.of_classes[place]
        return {
            "images": int(self.images[place]),
            "raises": list(_highest(means, RAISING)),
            "lowers": [(index, -value) for index, value in _highest(-means, LOWERING)],
        }


def _finite(values: Tensor) -> list[float | None]:
    return [short(value) if isfinite(value) else None for value in values.tolist()]


def _highest(effects: Tensor, most: int) -> Iterator[tuple[int, float]]:
    """Yield the places and values of the highest effects above zero."""
    for place in effects.argsort(descending=True, stable=True)[:most].tolist():
        if 0 < effects[place] < torch.inf:
            yield place, short(float(effects[place]))
