"""The manifest's entries for optimised pictures."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.model.manifest import File, Filter, Size, lens_entry


class Provenance(TypedDict):
    """The hardware and software that a picture was optimised with."""

    torch: str
    """The version of torch."""
    device: str
    """The processor's name."""
    precision: str
    """The precision of the network's computation: "float32", "bfloat16"."""


class Colours(TypedDict):
    """The image statistics that the colours of a canvas are decorrelated by."""

    set: str
    """The name of an image set, or "imagenet"."""
    digest: str
    """Digest of the statistics."""


class RecipeEntry(TypedDict):
    """How a picture is optimised; ``recipe.Recipe`` describes the settings.

    Records of earlier versions lack later settings, which are then neutral.
    """

    objective: str
    canvas: str
    size: Size
    """[height, width] of the first canvas, in pixels."""
    steps: int
    rate: float
    jitter: NotRequired[float]
    rotate: NotRequired[float]
    scale: NotRequired[float]
    pad: NotRequired[int]
    crop: NotRequired[float]
    noise: NotRequired[float]
    at: NotRequired[list[float]]
    colours: NotRequired[Colours | None]
    optimiser: NotRequired[str]
    decay: NotRequired[float]
    tolerance: NotRequired[float]
    others: NotRequired[float]
    l2: NotRequired[float]
    variation: NotRequired[float]
    gradients: NotRequired[float]
    growths: NotRequired[int]
    growth: NotRequired[float]
    blur: NotRequired[float]
    members: NotRequired[int]
    seed: NotRequired[int]
    attempt: int
    """The number of the attempt, from 0."""


class History(TypedDict):
    """The optimisation history of a picture."""

    steps: list[int]
    """[n] steps of the curve."""
    responses: list[float | None]
    """[n] values of the objective before these steps; None if not finite."""
    frames: list[int]
    """The steps whose canvases are kept."""
    picture: File | None
    """The kept canvases in a row."""


class Optimized(TypedDict):
    """An optimised picture, and the network's response to it as published."""

    response: float
    """The highest response over the map; for an inhibiting picture, the lowest."""
    position: list[int]
    """[row, column] of the response in the map."""
    map: Size
    """[height, width] of the response to a picture of this size, in positions."""
    flat: bool
    """Whether the picture shows nothing, with a tiny standard deviation in every channel."""
    ratio: float | None
    """The response over that to the strongest image; None if that is not meaningful."""
    passed: bool | None
    """Whether the picture is not flat and beats every image; None without images."""
    picture: File


class Origin(TypedDict):
    """How a picture, or a group of pictures, was made."""

    objective: str
    """"channel", "neuron" or "rms"."""
    size: Size
    """[height, width] of the first canvas, in pixels."""
    recipe: RecipeEntry
    record: str
    """The first digits of the record's key."""
    provenance: Provenance
    history: History | None
    attempts: int
    """Number of attempts."""


class Attempt(Optimized, Origin):
    """The best of the attempts at a picture."""

    attended: File | None
    """The picture with its least important parts faded out; only phase canvases have one."""


class Variant(TypedDict):
    """The picture made by a further recipe."""

    positive: Attempt | None


class MaximizeEntry(TypedDict):
    """The pictures that were optimised for a filter; None if no attempt had a finite response."""

    positive: Attempt | None
    """The picture that excites the filter."""
    negative: Attempt | None
    """The picture that inhibits the filter."""
    second: Attempt | None
    """The picture that excites the filter by the other objective: one position, or the whole map.
    """
    diverse: list[Optimized]
    """Mutually different pictures that excite the filter, optimised together."""
    diverse_made: Origin | None
    """How the diverse pictures were made."""
    variants: dict[str, Variant]
    """Pictures made by further recipes, by the recipe's name."""


def maximized(filter: Filter) -> MaximizeEntry | None:
    """Return the pictures that were optimised for a filter; None if there are none."""
    return cast("MaximizeEntry | None", lens_entry(filter, "maximize"))


def maximized_positive(filter: Filter) -> Attempt | None:
    """Return the picture that was optimised to excite a filter, or None."""
    entry = maximized(filter)
    return entry["positive"] if entry else None
