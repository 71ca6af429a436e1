"""How many images of a set a filter answers less strongly than a picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from convatlas.lenses.examples.records import ExamplesData


class Beaten(NamedTuple):
    """Bounds, which certainly hold, of the number of images with a lower response."""

    least: int
    most: int
    images: int
    """The number of images that these are of: all that reach the layer, or those of the sample."""


class _Threshold(NamedTuple):
    """What is known of the images of the sample on both sides of a response."""

    response: float
    above: int
    """Images with a lower response than any that is above this one, at least."""
    below: int
    """Images with a lower response than any that is not above this one, at most."""


def beaten(response: float, examples: ExamplesData) -> Beaten:
    """Return how many images a filter answers less strongly than a picture with this response.

    It is exact for a response above that of the last of the strongest images, whose responses are
    all known. Of the others the record has counts between the edges of a histogram, and the
    responses at some ranks. All responses are compared as float32, which they are.
    """
    own = _float32(response)
    top = [_float32(example["response"]) for example in examples["top"]]
    images, sampled = examples["images"], examples["sampled"]
    if own > top[-1]:
        exactly = images - sum(other >= own for other in top)
        return Beaten(exactly, exactly, images)
    known = list(_thresholds(examples))
    least = max((each.above for each in known if own > each.response), default=0)
    most = min((each.below for each in known if own <= each.response), default=sampled)
    if sampled == images:
        most = min(most, images - len(top))
    return Beaten(least, most, sampled)


def _thresholds(examples: ExamplesData) -> Iterator[_Threshold]:
    histogram, sampled = examples["histogram"], examples["sampled"]
    edges = [_float32(edge) for edge in histogram["edges"]]
    lower = [0, *accumulate(histogram["counts"])]
    for edge, count in zip(edges[:-1], lower[:-1], strict=True):
        yield _Threshold(edge, count, count)
    yield _Threshold(edges[-1], sampled, sampled - 1)
    for percent, value in examples["percentiles"].items():
        rank = round((sampled - 1) * float(percent) / 100)  # as the examples take it
        yield _Threshold(_float32(value), rank + 1, rank)


def _float32(value: float) -> float:
    return float(np.float32(value))
