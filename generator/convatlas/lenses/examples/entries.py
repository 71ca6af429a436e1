"""The manifest's entries for examples: the results of an image set for each filter."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, cast

from convatlas.model.manifest import File, Filter, Histogram, Size, lens_entry


class ExportedExample(TypedDict):
    """An image, and the response of a filter to it, as ``layer.json`` has it."""

    image: str
    """Its id; its number in the set, from 1, if nothing of the set is published."""
    label: str | None
    """Its class."""
    response: float
    """The filter's highest response to the image; in ``lowest``, the lowest."""
    position: list[int]
    """[row, column] of the response in the layer's map."""
    box: list[int]
    """[left, top, right, bottom] of the position's receptive field, in pixels of the input."""
    quantile: float
    """The share of the set's images with a lower response; 1 for the highest."""
    drawn: NotRequired[bool]
    """True if it was drawn at random; otherwise left out."""


class Example(ExportedExample):
    """An image, and the response of a filter to it."""

    relative: float | None
    """The response over the highest response to the set; None if that is not above zero."""
    tile: int | None
    """The index of its tile in ``heat``; None if it has none."""


class Bounds(TypedDict):
    """The range of a filter's responses over all positions of all images."""

    highest: float
    lowest: float


class Class(TypedDict):
    """A class of images that excites a filter."""

    label: str
    mean: float
    """Mean of the highest response to each of its images."""
    gap: float | None
    """Distance of the mean from that of all other labelled images, in standard deviations of all
    labelled images; None if undefined."""
    images: int
    """Number of images of the class."""


class Heat(TypedDict):
    """Heat maps: the responses at all positions of images."""

    picture: File
    """Tiles in a row: those of ``top``, then those of ``lowest``."""
    size: Size
    """[height, width] of a tile, in pixels."""


class Crops(TypedDict):
    """Crops of the strongest images, for a set whose images are not published whole."""

    picture: File
    """Tiles in a row, in the order of ``top``."""
    size: Size
    """[height, width] of a tile, in pixels."""
    count: int
    """Number of tiles."""


class ExportedNearest(TypedDict):
    """Another filter that responds to the same images, as ``layer.json`` has it."""

    filter: str
    """"network/layer/index"."""
    correlation: float
    """Correlation of the two filters' highest responses to the sampled images, from -1 to 1."""


class Nearest(ExportedNearest):
    """Another filter that responds to the same images."""

    href: str
    """Its page, from the site's root."""
    where: Literal["layer", "network", "atlas"]
    """In the filter's own layer, in another layer of its network, or in another network."""


class Statistics(TypedDict):
    """The results of an image set for a filter, without single images and similar filters."""

    images: int
    """Number of images that reach the layer; everything is told of these."""
    shown: NotRequired[int]
    """Number of images that were shown to the network, if not all of them reach the layer."""
    sampled: int
    """Number of images in the sample, which histograms and percentiles are taken from."""
    bounds: Bounds
    mean: float
    """Mean response over all positions of all images."""
    std: float
    """Standard deviation of the response over all positions of all images."""
    mean_highest: float
    """Mean over all images of the highest response to an image."""
    std_highest: float
    """Standard deviation over all images of the highest response to an image."""
    share_images: float
    """Share of the images with a response above zero, from 0 to 1."""
    share_positions: float
    """Share of all positions of all images with a response above zero, from 0 to 1."""
    percentiles: dict[str, float]
    """Percentiles of the highest response to an image: "99.9", "99", "90" and "50"."""
    histogram: Histogram
    """Histogram of the highest response to an image."""
    positions: Histogram
    """Histogram of the response at a sample of positions."""
    classes: list[Class]
    """The classes that excite the filter most, the strongest first."""
    selectivity: float | None
    """(best - rest) / (best + rest) of the classes' means, from 0 to 1; None for fewer than two."""
    among: dict[str, float]
    """By rank n, the share of images for which the filter is among the n strongest of its layer."""
    heat: Heat | None
    crops: Crops | None


class ExamplesEntry(Statistics):
    """The results of an image set for a filter: images along its range, and statistics."""

    top: list[Example]
    """The images with the highest responses, the strongest first."""
    lowest: list[Example]
    """The images with the lowest responses, the lowest first."""
    range: list[Example]
    """Images at percentiles and images drawn at random, in order of falling response."""
    nearest: list[Nearest]
    """The most similar filters in each of the three places, the closest first."""


class ExportedExamples(Statistics):
    """``ExamplesEntry`` as ``layer.json`` has it, without redundant values."""

    top: list[ExportedExample]
    lowest: list[ExportedExample]
    range: list[ExportedExample]
    nearest: list[ExportedNearest]


def shown(entry: ExamplesEntry) -> int:
    """Return how many images were shown to the network."""
    return entry.get("shown", entry["images"])


def examples(filter: Filter) -> ExamplesEntry | None:
    """Return the results of an image set for a filter; None if no images were shown."""
    return cast("ExamplesEntry | None", lens_entry(filter, "examples"))
