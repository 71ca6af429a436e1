"""The records of effects, and how to read them."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "effects"
LAYER = "layer"
"""The item of a layer's own record."""
LOSSES = "losses"
"""The blob of a layer's record with the effects on the losses of single images.

Only layers that additions tie to others have it, if all of these effects are finite.
"""
EFFECTS = "effects"
"""The blob of a layer's record with the effects on the leads of single images.

Only the last layer whose filters are not the scores has it, if all of these effects are finite.
"""
SAMPLE = 1024
"""Maximum number of images that the blobs are about, ``parts/spread`` evenly over the set."""
PREDICTIONS = "predictions"
"""The item of the network's record, which belongs to no layer."""
TARGET = "target"
"""The item of that record where effects are on a number of the user's own."""

ClassEffect = tuple[int, float, int]
"""A class's index, the mean effect over its images in logits, and their number."""

ImageEffect = tuple[int, float]
"""An image's index in the set, and the effect on it."""

FilterEffect = tuple[int, float]
"""A filter's index, and its mean effect over the images of a class."""

Behind = tuple[str, int, float]
"""A layer, the index of one of its filters, and its effect on how far the predicted class is ahead
of the labelled one, in logits."""


class EffectsData(TypedDict):
    """What a filter does to the lead of an image's class: its logit minus the mean of all logits.

    An effect is what the lead loses if the filter is set to its baseline, to first order or, where
    the layer's record says so, really. An
    image's class is its label; where that is no class of the network, the predicted one.

    With a target of the user's own, its number is the lead, and it is the loss. Images have no
    class then, and those with the highest and the lowest effects are told instead.
    """

    mean: float  # of the effects on all images
    size: float  # mean of their absolute values, over the sample
    share: float  # share of the sample on which it changes the lead by more than 1 %
    importance: float  # mean square of the first-order change of the loss (Molchanov et al.)
    raises: list[ClassEffect]  # of the classes with the highest mean effect above zero
    lowers: list[ClassEffect]  # of those with the lowest below zero
    images: int  # that reach the layer; where it was measured, on which it was
    sampled: int
    raised_images: NotRequired[list[ImageEffect]]  # of the sample, with the highest above zero
    lowered_images: NotRequired[list[ImageEffect]]  # with the lowest below zero


class Audit(TypedDict):
    """Predicted effects held against those of filters that were really set to their baseline."""

    filters: int
    images: int
    spearman: float | None  # rank correlation over all pairs of filters and images
    spearman_filters: float | None  # of the filters' mean absolute effects on the images
    slope: float | None  # true effects over predicted ones, by least squares
    size: float | None  # mean of the absolute true effects; None if not finite


class ClassFilters(TypedDict):
    """The filters of a layer that do most for and against a class."""

    images: int
    raises: list[FilterEffect]
    lowers: list[FilterEffect]


class Measured(TypedDict):
    """On how many images the filters of a layer were really set to their baseline."""

    images: int  # the same for all filters, spread over the sample
    each: int  # for each filter at most, with those of classes that it was predicted to move most
    of: int  # how many reach the layer


class LayerEffectsData(TypedDict):
    """What is known of a layer's effects as a whole."""

    audit: Audit
    classes: dict[str, ClassFilters]  # by the class's index
    half: int  # the least number of filters that have half of the layer's absolute effects
    measured: NotRequired[Measured]  # absent where effects are those predicted
    baseline: list[float | None]  # what each filter is set to, chosen or not; None if not finite
    importance: list[float | None]  # as in ``EffectsData``, of each of its filters
    units: NotRequired[dict[str, float]]  # of the numbers in each blob


class PredictionsData(TypedDict):
    """What the network says of each image of the set, in their order."""

    predicted: list[int]
    """Indices of classes."""
    target: list[int | None]
    """The class that the label is, if it is one of the network's."""
    lead: list[float]
    """The logit of the image's class minus the mean of all logits."""
    mistakes: list[tuple[int, list[Behind]]]
    """Of some of the images whose label is another class than the predicted one, by their indices:
    the filters that do most for that, over all layers."""


class TargetData(TypedDict):
    """What the user's own target says of each image of the set."""

    name: str  # what the number is called, to be read within a sentence
    values: list[float]


def read_effects(records: RecordIndex, layer: str, index: int) -> RecordOf[EffectsData] | None:
    """Return a filter's effects."""
    return cast("RecordOf[EffectsData] | None", records.first(NAME, layer, index))


def read_layer_effects(records: RecordIndex, layer: str) -> LayerEffectsData | None:
    """Return what is known of a layer's effects as a whole."""
    record = records.first(NAME, layer, LAYER)
    return cast("LayerEffectsData", record.data) if record else None


def read_blob(records: RecordIndex, layer: str, name: str) -> tuple[str, float] | None:
    """Return the digest of a layer's blob, ``LOSSES`` or ``EFFECTS``, and its unit, if it has it.

    The numbers [images of the sample, filters] are ``parts/packed``.
    """
    record = records.first(NAME, layer, LAYER)
    if record is None or name not in record.blobs:
        return None
    return record.blobs[name], cast("LayerEffectsData", record.data)["units"][name]


def read_predictions(records: RecordIndex) -> PredictionsData | None:
    """Return what the network says of each image."""
    record = records.first(NAME, None, PREDICTIONS)
    return cast("PredictionsData", record.data) if record else None


def read_target(records: RecordIndex) -> TargetData | None:
    """Return what the user's own target says of each image."""
    record = records.first(NAME, None, TARGET)
    return cast("TargetData", record.data) if record else None


def named_images(records: RecordIndex) -> set[int]:
    """Return the images that filters' effects name, by their indices in the set."""
    if read_target(records) is None:
        return set()
    return {
        image
        for request, record in records.of_lens(NAME)
        if isinstance(request.item, int)
        for key in ("raised_images", "lowered_images")
        for image, _ in record.data.get(key, ())
    }
