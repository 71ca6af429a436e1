"""The manifest's entries for effects: what filters do to scores, or to the user's own number."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, cast

from convatlas.lenses.effects.records import NAME
from convatlas.model.manifest import Filter, Layer, Manifest, atlas_entry, lens_entry

ClassEffect = TypedDict("ClassEffect", {"class": str, "number": int, "logit": float, "images": int})
"""The name and the index of a class, a filter's mean effect over its images in logits, and their
number."""


DIGITS = 4
"""Significant digits of effects in data files."""


class ImageEffect(TypedDict):
    """An image, and a filter's effect on it."""

    image: str
    """What it is called: its id, or a number where its set is not published."""
    effect: float


class EffectsEntry(TypedDict):
    """What a filter does: what the lead of an image's class loses if the filter is set to its
    baseline. The lead is the class's logit minus the mean of all logits.

    With a target of the user's own its number is the lead, and also the loss.
    """

    raises: list[ClassEffect]
    """The classes with the highest mean effect above zero."""
    lowers: list[ClassEffect]
    """The classes with the lowest mean effect below zero."""
    mean: float
    """Of the effects on all images, in logits."""
    size: float
    """Mean of their absolute values, over the sample."""
    share_images: float
    """Share of the sample on which it changes the lead by more than 1 %, 0 to 1."""
    importance: float
    """Mean square of the first-order change of the loss."""
    rank: int
    """By importance, among the filters of its layer that the atlas shows, from 1."""
    network_rank: NotRequired[int]
    """The same among those of the network."""
    baseline: NotRequired[Literal["zero"]]
    """What a filter is set to; absent for its mean."""
    images: int
    sampled: int
    target: NotRequired[str]
    """What the user's own number is called; absent for leads of classes."""
    raised_images: NotRequired[list[ImageEffect]]
    """With a target, the images of the sample with the highest effects above zero."""
    lowered_images: NotRequired[list[ImageEffect]]
    """Those with the lowest below zero."""


class TargetEntry(TypedDict):
    """The number of the user's own that effects are effects on."""

    name: str
    """What it is called, to be read in the middle of a sentence."""
    mean: float
    """Over all images."""


class AuditEntry(TypedDict):
    """Predicted effects held against those of filters that were really set to their baseline."""

    filters: int
    images: int
    spearman: float | None
    """Rank correlation over all pairs of filters and images; None where either is constant."""
    spearman_filters: float | None
    """The same of the filters' mean absolute effects on the images."""
    slope: float | None
    """True effects over predicted ones."""
    size: float | None
    """Mean of the absolute true effects."""


class MeasuredEntry(TypedDict):
    """On how many images the filters of a layer were really set to their baseline."""

    images: int
    """The same for all filters."""
    each: int
    """For each filter at most, with those of classes that it was predicted to move most."""
    of: int
    """How many reach the layer."""


class LayerEffectsEntry(TypedDict):
    """What is known of a layer's effects as a whole."""

    audit: AuditEntry
    baseline: NotRequired[Literal["zero"]]
    """As in ``EffectsEntry``."""
    half: int
    """The least number of filters that have half of the layer's absolute effects."""
    filters: int
    """How many it has, shown or not."""
    measured: NotRequired[MeasuredEntry]
    """Absent where effects are predicted."""
    target: NotRequired[TargetEntry]
    """Absent for leads of classes."""


class ClassFilter(TypedDict):
    """A filter that does something for a class, or against it."""

    layer: str
    index: int
    logit: float
    """The mean effect over the class's images."""


class ClassImage(TypedDict):
    """An image of a class, and what the network takes it for."""

    image: str
    predicted: int
    behind: NotRequired[list[ClassFilter]]
    """The filters that do most for its being taken for that class rather than its label: by how
    much its logit would be less ahead. Only wrong images have it that were looked into."""


class ClassEntry(TypedDict):
    """A class of a network, or one that it predicts."""

    name: str
    number: int
    """Its index among the network's scores."""
    href: str
    """Its page, from the site's root."""
    images: int
    """How many images effects on it are known for."""
    labelled: list[ClassImage]
    """The images whose label it is."""
    taken: list[ClassImage]
    """Images of other classes that are taken for it."""
    filters: list[ClassFilter]
    """Those that do most for it or against it, layer by layer; raising ones first."""


def effects(filter: Filter) -> EffectsEntry | None:
    """Return what a filter does, or None if that is not known."""
    return cast("EffectsEntry | None", lens_entry(filter, NAME))


def layer_effects(layer: Layer) -> LayerEffectsEntry | None:
    """Return what is known of a layer's effects as a whole, or None."""
    return cast("LayerEffectsEntry | None", lens_entry(layer, NAME))


def classes(manifest: Manifest, network: str) -> list[ClassEntry]:
    """Return the classes of a network that have a page, in the order of their indices."""
    known = cast("dict[str, list[ClassEntry]]", atlas_entry(manifest, "classes") or {})
    return known.get(network, [])


def recognised(entry: ClassEntry) -> int:
    """Return how many images of a class are taken for it."""
    return sum(each["predicted"] == entry["number"] for each in entry["labelled"])
