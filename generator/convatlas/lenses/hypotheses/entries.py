"""The manifest's entries for hypotheses, under the name "hypotheses"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, cast

from convatlas.model.manifest import File, Manifest, atlas_entry


class MeasuredPicture(TypedDict):
    """A picture that tests a claim, and the responses to it."""

    id: str | None
    """None if the picture may not be published."""
    picture: File | None
    """The picture as the network sees it, with its path from the site's root; None if it may not be
    published."""
    rank: int
    """The filter's rank in its layer by mean response, from 1."""
    mean: float
    """The filter's mean response."""
    means: list[float]
    """[filters] mean responses of all filters of the layer."""
    held: bool
    """Whether the rank is good enough for the claim."""


class Control(TypedDict):
    """The control of a claim: how often the filter reaches such a rank for arbitrary images."""

    top: int
    """The rank that is counted: 1, 5, 15 or 50."""
    share: float
    """Share of the images for which the filter reaches this rank, from 0 to 1."""
    images: int


class MeasuredClaim(TypedDict):
    """A claim about a filter, and its result."""

    number: int
    """Its place in the atlas file, from 1."""
    filter: str
    """network/layer/index"""
    network: str
    layer: str
    index: int
    href: str | None
    """The filter's page, from the site's root; None if the atlas does not show the filter."""
    claim: str
    """What the filter is said to respond to."""
    top: int
    """The rank that the filter must reach for every picture."""
    expect: str | None
    """The verdict that the author of the atlas expects."""
    verdict: str | None
    """"confirmed", "weak" or "not confirmed"; None until all pictures are measured."""
    pictures: list[MeasuredPicture]
    """The measured pictures."""
    control: Control | None
    """None if no images were shown to the network."""


class HypothesisEntry(MeasuredClaim):
    """A claim with the reason for its verdict."""

    why: str
    """One or two sentences."""


def hypotheses(manifest: Manifest) -> Sequence[HypothesisEntry]:
    """Return the hypotheses in the order of the atlas file."""
    return cast("Sequence[HypothesisEntry] | None", atlas_entry(manifest, "hypotheses")) or ()
