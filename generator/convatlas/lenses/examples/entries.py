"""What images say of one filter, as the manifest tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NotRequired, TypedDict, cast

from convatlas.model.crops import box
from convatlas.model.manifest import File, Filter, Histogram, Size, lens_entry
from convatlas.model.records import ImageSetFacts, Json, Layer, Picture, StoredRecord
from convatlas.ui.filter_layout import PAGE_EACH, FilterLayout

Place = Callable[[str, Picture], Json]
"""Gives a picture a file whose name has this stem, and tells of it."""

Addresses = Mapping[tuple[str, str], str]
"""The folder of each layer's pages, by network and layer."""


class Example(TypedDict):
    """An image as a filter shows it."""

    image: str
    """Its id; its number in the set, from 1, where nothing of the set is published."""
    label: str | None
    """Its class."""
    response: float
    """The filter's highest response to it (in ``lowest``: its lowest)."""
    relative: float | None
    """The response in units of the set's highest; None where that is not above zero."""
    position: list[int]
    """[row, column] of the response in the layer's map."""
    box: list[int]
    """[left, top, right, bottom] of what this position sees, in pixels of the input."""
    quantile: float
    """The share of the set's images with a lower response: 1 for the highest."""
    tile: int | None
    """Its tile in ``heat``; None where it has none."""
    drawn: NotRequired[bool]
    """True where it was drawn at random; left out elsewhere."""


class Bounds(TypedDict):
    """The ends of a filter's range over all positions of all images."""

    highest: float
    lowest: float


class Class(TypedDict):
    """A class of images that excites a filter."""

    label: str
    mean: float
    """Of the highest response to each of its images."""
    gap: float | None
    """By how much the mean lies above that of all other labelled images, in standard deviations
    of all labelled images; None where that cannot be told."""
    images: int
    """How many images of the class were shown."""


class Heat(TypedDict):
    """Heat maps: the response to images over their area."""

    picture: File
    """Tiles side by side: those of ``top``, then those of ``lowest``."""
    size: Size
    """[height, width] of a tile, in pixels."""


class Crops(TypedDict):
    """The strongest images cut to what the filter sees, of a set that is not published whole."""

    picture: File
    """Tiles side by side, in the order of ``top``."""
    size: Size
    """[height, width] of a tile, in pixels."""
    count: int
    """How many tiles there are."""


class Nearest(TypedDict):
    """Another filter that responds to the same images."""

    filter: str
    """"network/layer/index"."""
    href: str
    """Its page, from the site's root."""
    correlation: float
    """Of the two filters' highest responses to the sampled images: -1 to 1."""
    where: Literal["layer", "network", "atlas"]
    """In the filter's own layer, in another of its network, or in another network."""


class ExamplesEntry(TypedDict):
    """What an image set does to a filter: images along its range, and statistics."""

    images: int
    """How many were shown to the network."""
    sampled: int
    """How many of them the histograms and percentiles are of."""
    bounds: Bounds
    mean: float
    """Of the response, over all positions of all images."""
    std: float
    """Its standard deviation."""
    mean_highest: float
    """Of the highest response to an image, over all images."""
    std_highest: float
    """Its standard deviation."""
    share_images: float
    """Of all images, those with a response above zero: 0 to 1."""
    share_positions: float
    """Of all positions of all images, those with a response above zero: 0 to 1."""
    percentiles: dict[str, float]
    """Of the highest response to an image, by percentile: "99.9", "99", "90", "50"."""
    histogram: Histogram
    """Of the highest response to an image."""
    positions: Histogram
    """Of the response at a sample of positions."""
    classes: list[Class]
    """Those that excite it most, the strongest first."""
    selectivity: float | None
    """(best - rest) / (best + rest) of the classes' means: 0 to 1; None for fewer than two."""
    among: dict[str, float]
    """By rank n: the share of images for which it is among the n strongest of its layer."""
    top: list[Example]
    """The images with the highest response, the strongest first."""
    lowest: list[Example]
    """Those with the lowest, the lowest first."""
    range: list[Example]
    """From the highest to any image: at percentiles and drawn at random, in falling order."""
    heat: Heat | None
    crops: Crops | None
    nearest: list[Nearest]
    """Of each place the closest few, the closest first."""


def examples(filter: Filter) -> ExamplesEntry | None:
    """Return what an image set does to a filter; None where none was shown to it."""
    return cast("ExamplesEntry | None", lens_entry(filter, "examples"))


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


def _sprite(name: str, record: StoredRecord, size: Json, place: Place) -> Json:
    picture = record.pictures.get(name)
    return picture and {"picture": place(name, picture), "size": size}


def _crops(windows: StoredRecord, place: Place) -> Json:
    told = _sprite("crops", windows, windows.data["size"], place)
    return {**told, "count": windows.data["count"]}
