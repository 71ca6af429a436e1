"""The examples' part of the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from convatlas.lenses.crops.records import CropsData, read_crops
from convatlas.lenses.examples import records
from convatlas.lenses.examples.entries import (
    Crops,
    Example,
    ExamplesEntry,
    Heat,
    Nearest,
    examples,
)
from convatlas.lenses.examples.records import ExamplesData, read_examples
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section, ShownImage
from convatlas.model.crops import box
from convatlas.model.derived import Near, Where, read_neighbours
from convatlas.model.manifest import Filter
from convatlas.model.records import RecordOf

KINDS: tuple[Literal["top", "lowest", "range"], ...] = ("top", "lowest", "range")
"""Why a filter shows an image: it excites the filter most, inhibits it most, or is typical."""


class ExamplesSection(Section):
    """The results of an image set for each filter."""

    entry = ExamplesEntry

    def entries(self, layer: LayerResults) -> Entries:
        """Return the function that makes a filter's ``ExamplesEntry``."""
        neighbours = read_neighbours(layer.records, layer.layer.name)
        return _Entries(layer, neighbours["nearest"] if neighbours else {}).entry

    def shown_images(self, filter: Filter) -> Iterator[ShownImage]:
        """Yield the filter's examples; the strongest is also in the range, but is yielded once."""
        entry = examples(filter)
        for kind in KINDS if entry else ():
            for each in entry[kind] if entry else ():
                drawn = each.get("drawn", False)
                if drawn or kind != "range" or each["quantile"] < 1:
                    yield ShownImage(each["image"], kind, each["response"], drawn)


@dataclass(frozen=True)
class _Entries:
    """Makes the entries of one layer's filters."""

    layer: LayerResults
    nearest: Mapping[str, Sequence[Near]]  # by index

    def entry(self, index: int, place: Place) -> ExamplesEntry | None:
        name = self.layer.layer.name
        record = read_examples(self.layer.records, name, index)
        if record is None:
            return None
        crops = read_crops(self.layer.records, name, index)
        highest = record.data["bounds"]["highest"]
        shown = {
            kind: [self._example(each, highest) for each in record.data[kind]] for kind in KINDS
        }
        beside = {
            "heat": _heat(record, place),
            "crops": _crops(crops, place) if crops else None,
            "nearest": [self._near(*near) for near in self.nearest.get(str(index), ())],
        }
        return cast("ExamplesEntry", {**record.data, **shown, **beside})

    def _example(self, example: records.Example, highest: float) -> Example:
        image, response = example["image"], example["response"]
        return {
            **example,
            "image": self.layer.image_names[image],
            "label": self.layer.image_labels[image],
            "box": box(self.layer.layer, *example["position"]),
            "relative": float(f"{response / highest:.4g}") if highest > 0 else None,
        }

    def _near(
        self,
        network: str,
        layer: str,
        index: int,
        correlation: float,
        where: Where,
    ) -> Nearest:
        return {
            "filter": f"{network}/{layer}/{index}",
            "href": self.layer.href(network, layer, index),
            "correlation": correlation,
            "where": where,
        }


def _heat(record: RecordOf[ExamplesData], place: Place) -> Heat | None:
    picture, size = record.pictures.get("heat"), record.data["heat"]
    return {"picture": place("heat", picture), "size": size} if picture and size else None


def _crops(record: RecordOf[CropsData], place: Place) -> Crops:
    return {
        "picture": place("crops", record.pictures["crops"]),
        "size": record.data["size"],
        "count": record.data["count"],
    }
