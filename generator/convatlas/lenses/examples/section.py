"""What images say of one filter, as the manifest tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from convatlas.model.crops import box
from convatlas.model.records import ImageSetFacts, Json, Layer, Picture, StoredRecord
from convatlas.ui.filter_layout import PAGE_EACH, FilterLayout

Place = Callable[[str, Picture], Json]
"""Gives a picture a file whose name has this stem, and tells of it."""

Addresses = Mapping[tuple[str, str], str]
"""The folder of each layer's pages, by network and layer."""


@dataclass(frozen=True)
class Images:
    """How an image set is told of: by what names, and under which labels.

    Where nothing of a set may be published its images are numbers, from 1, in the order of the set.
    """

    names: Mapping[str, str]
    labels: Mapping[str, str | None]

    @classmethod
    def of(cls, facts: ImageSetFacts | None, publish: str) -> Images:
        """The images of a set; of none, where there is no set."""
        images = facts.images if facts else ()
        names = {
            image.id: str(number) if publish == "none" else image.id
            for number, image in enumerate(images, 1)
        }
        return cls(names, {image.id: image.label for image in images})


@dataclass(frozen=True)
class ExamplesSection:
    """Tells of the records of one layer's filters."""

    layer: Layer
    images: Images
    addresses: Addresses
    nearest: Mapping[str, Json] = field(default_factory=dict)  # by index, from the derived record
    layout: FilterLayout = PAGE_EACH

    def tell(
        self, index: int, record: StoredRecord, windows: StoredRecord | None, place: Place
    ) -> Json:
        """All that images say of a filter."""
        data = record.data
        told = {
            kind: [self._example(example, data["bounds"]["highest"]) for example in data[kind]]
            for kind in ("top", "lowest", "range")
        }
        return {
            **data,
            **told,
            "heat": _sprite("heat", record, data["heat"], place),
            "crops": windows and _crops(windows, place),
            "nearest": [self._near(*near) for near in self.nearest.get(str(index), ())],
        }

    def _example(self, example: Json, highest: float) -> Json:
        return {
            **example,
            "image": self.images.names[example["image"]],
            "label": self.images.labels[example["image"]],
            "box": box(self.layer, *example["position"]),
            "relative": float(f"{example['response'] / highest:.4g}") if highest > 0 else None,
        }

    def _near(self, network: str, layer: str, index: int, correlation: float, where: str) -> Json:
        return {
            "filter": f"{network}/{layer}/{index}",
            "href": self.addresses[network, layer] + self.layout.address(index),
            "correlation": correlation,
            "where": where,
        }


def attribution(record: StoredRecord | None, place: Place) -> Json:
    """What in its strongest images made a filter answer: a row of tiles by each method."""
    if record is None:
        return None
    methods = {
        method: {"picture": place(method, picture)} for method, picture in record.pictures.items()
    }
    return {**record.data, "methods": methods}


def _sprite(name: str, record: StoredRecord, size: Json, place: Place) -> Json:
    picture = record.pictures.get(name)
    return picture and {"picture": place(name, picture), "size": size}


def _crops(windows: StoredRecord, place: Place) -> Json:
    told = _sprite("crops", windows, windows.data["size"], place)
    return {**told, "count": windows.data["count"]}
