"""The shape of what is kept of the images that excite a filter, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict, cast

from convatlas.model import scores as scores
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "examples"

SKETCH = "sketch"
"""The blob by which filters are compared: a signed byte for each sampled image."""


class Example(TypedDict):
    """An image, and the filter's strongest (of the lowest: weakest) response to it."""

    image: str  # its id
    response: float
    position: list[int]  # row and column of that response in the layer's map
    quantile: float  # its place in the set (or in the sample), from 0 (lowest) to 1
    tile: int | None  # its place in the picture of heat maps; None where it has none
    drawn: NotRequired[bool]  # true where it was drawn at random, the same for all filters


class Histogram(TypedDict):
    """Counts between edges in rising order, of which there is one more than of counts."""

    edges: list[float]
    counts: list[int]


class ClassMean(TypedDict):
    """What a filter answers to the images of one class."""

    label: str
    mean: float  # of the highest response to an image
    gap: float | None  # to the mean of all other labelled images, in standard deviations
    images: int  # of the class


class Numbers(scores.Evidence):
    """A filter's responses to all images of a set, in numbers.

    "The response to an image" is the highest over the positions of its map.
    """

    images: int  # of the set
    sampled: int  # images in the sample
    mean: float  # over all positions of all images, as is ``std``
    std: float
    mean_highest: float  # of the responses to images, as is ``std_highest``
    std_highest: float
    share_images: float  # of the images whose response is above zero, from 0 to 1
    share_positions: float  # of all positions of all images


class ExamplesData(Numbers):
    """What all images of a set say of one filter; sets of up to 2,048 are their own sample."""

    top: list[Example]  # those with the highest responses, in falling order
    lowest: list[Example]  # those with the lowest response at any position, in rising order
    range: list[Example]  # from the highest to a typical one, of the sample
    percentiles: dict[str, float]  # of the sample: by "99.9", "99", "90" and "50"
    histogram: Histogram  # of the responses to the images of the sample
    positions: Histogram  # of the responses at some positions of each image of the sample
    classes: list[ClassMean]  # with the highest means, at most five, in falling order
    selectivity: float | None  # of classes, from 0 to 1; None for fewer than two
    among: dict[str, float]  # by rank: for which share of the images it is that far up in its layer
    heat: list[int] | None  # rows and columns of a tile of the picture "heat", which has one a tile


def read_examples(records: RecordIndex, layer: str, index: int) -> RecordOf[ExamplesData] | None:
    """What images say of a filter; its picture, if it has one, is "heat"."""
    return cast("RecordOf[ExamplesData] | None", records.first(NAME, layer, index))


def all_examples(records: RecordIndex) -> Iterator[RecordOf[ExamplesData]]:
    """The same of all filters."""
    for _, record in records.of_lens(NAME):
        yield cast("RecordOf[ExamplesData]", record)
