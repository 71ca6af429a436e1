"""What the manifest says of the images that a filter was shown."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, cast

from convatlas.model.manifest import File, Filter, Histogram, Size, lens_entry


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
