"""The records of examples, and how to read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict, cast

from convatlas.model import scores
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "examples"

SKETCH = "sketch"
"""The blob that filters are compared by: a signed byte for each sampled image."""

ABSENT = -128
"""The byte of an image that does not reach the filter's layer."""

PEAKS = "peaks"
"""The blob with where in its map the filter peaks on each sampled image: ``parts/peaks``.

Filters do not have it if the map has fewer than 4 x 4 positions, or if some images do not reach the
layer.
"""


class Example(TypedDict):
    """An image, and the filter's highest response to it; in ``lowest``, the lowest."""

    image: str  # its id
    response: float
    position: list[int]  # row and column of the response in the layer's map
    quantile: float  # of the response in the set (or the sample), from 0 (lowest) to 1
    tile: int | None  # its place in the picture of heat maps; None if it has none
    drawn: NotRequired[bool]  # true if it was drawn at random, the same for all filters


class Histogram(TypedDict):
    """Counts between rising edges; there is one more edge than counts."""

    edges: list[float]
    counts: list[int]


class ClassMean(TypedDict):
    """The responses of a filter to the images of one class."""

    label: str
    mean: float  # mean of the highest response to an image
    gap: float | None  # distance from the mean of all other labelled images, in std
    images: int  # number of images of the class


class Numbers(scores.Evidence):
    """Statistics of a filter's responses to all images of a set that reach its layer.

    "The response to an image" is the highest over the positions of its map.
    """

    images: int  # number of images of the set that reach the layer
    shown: NotRequired[int]  # number of all images of the set, if some do not reach the layer
    sampled: int  # number of those in the sample
    mean: float  # over all positions of all images, as is ``std``
    std: float
    mean_highest: float  # of the responses to images, as is ``std_highest``
    std_highest: float
    share_images: float  # share of the images with a response above zero, from 0 to 1
    share_positions: float  # share of all positions of all images


class ExamplesData(Numbers):
    """The results of an image set for one filter; sets of up to 2,048 are their own sample."""

    top: list[Example]  # the images with the highest responses, in falling order
    lowest: list[Example]  # the images with the lowest response at a position, in rising order
    range: list[Example]  # images of the sample from the highest response to a typical one
    percentiles: dict[str, float]  # of the sample, by "99.9", "99", "90" and "50"
    histogram: Histogram  # of the responses to the images of the sample
    positions: Histogram  # of the responses at some positions of each image of the sample
    classes: list[ClassMean]  # the (at most five) highest means, in falling order
    selectivity: float | None  # of classes, from 0 to 1; None for fewer than two
    among: dict[str, float]  # by rank: share of the images for which the filter ranks that high
    heat: list[int] | None  # rows and columns of each tile of the picture "heat"


def read_examples(records: RecordIndex, layer: str, index: int) -> RecordOf[ExamplesData] | None:
    """Return the results of images for a filter, with "heat" as picture if there is one."""
    return cast("RecordOf[ExamplesData] | None", records.first(NAME, layer, index))


def all_examples(records: RecordIndex) -> Iterator[RecordOf[ExamplesData]]:
    """Yield the results of images for all filters."""
    for _, record in records.of_lens(NAME):
        yield cast("RecordOf[ExamplesData]", record)
