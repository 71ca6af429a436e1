"""What the manifest says of the pictures that were optimised for a filter."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.model.manifest import File, Filter, Size, lens_entry


class Provenance(TypedDict):
    """What a picture was made with."""

    torch: str
    """The version of torch."""
    device: str
    """The processor's name."""
    precision: str
    """In which the network was computed: "float32", ..."""


class Colours(TypedDict):
    """The image statistics by which the colours of a canvas are decorrelated."""

    set: str
    """The name of an image set, or "imagenet"."""
    digest: str
    """Of the statistics."""


class RecipeEntry(TypedDict):
    """How a picture is optimised; ``recipe.Recipe`` with what every part means.

    Records of earlier versions lack parts that came later: those are neutral.
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
    tolerance: NotRequired[float]
    l2: NotRequired[float]
    variation: NotRequired[float]
    gradients: NotRequired[float]
    growths: NotRequired[int]
    growth: NotRequired[float]
    blur: NotRequired[float]
    members: NotRequired[int]
    seed: NotRequired[int]
    attempt: int
    """Which attempt it is of, from 0."""


class History(TypedDict):
    """How a picture came to be."""

    steps: list[int]
    """[n] steps of the curve."""
    responses: list[float | None]
    """[n] values of the objective before these steps; None where not finite."""
    frames: list[int]
    """The steps whose canvas is kept."""
    picture: File | None
    """The kept canvases side by side."""


class Optimized(TypedDict):
    """An optimised picture, and what the network responds to it as published."""

    response: float
    """The highest over the map; for an inhibiting picture the lowest."""
    position: list[int]
    """[row, column] of the response in the map."""
    map: Size
    """[height, width] of the response to a picture of this size, in positions."""
    flat: bool
    """Whether the picture shows nothing: its standard deviation is tiny in every channel."""
    ratio: float | None
    """The response over that to the strongest image; None where that says nothing."""
    passed: bool | None
    """Whether it is not flat and beats every image; None without images."""
    picture: File


class Origin(TypedDict):
    """How a picture, or a group of them, was made."""

    objective: str
    """"channel", "neuron" or "rms"."""
    size: Size
    """[height, width] of the first canvas, in pixels."""
    recipe: RecipeEntry
    record: str
    """The first digits of its record's key."""
    provenance: Provenance
    history: History | None
    attempts: int
    """How many were made at it."""


class Attempt(Optimized, Origin):
    """The best of the attempts at a picture."""

    attended: File | None
    """The picture with what counted least faded out; only phase canvases have one."""


class Variant(TypedDict):
    """The picture by a further recipe."""

    positive: Attempt | None


class MaximizeEntry(TypedDict):
    """The pictures that were optimised for a filter; None where no attempt was finite."""

    positive: Attempt | None
    """Excites it."""
    negative: Attempt | None
    """Inhibits it."""
    second: Attempt | None
    """Excites it by the other objective: one position, or the whole map."""
    diverse: list[Optimized]
    """Different pictures that excite it, optimised together."""
    diverse_made: Origin | None
    """How the diverse ones were made."""
    variants: dict[str, Variant]
    """By the name of the recipe."""


def maximized(filter: Filter) -> MaximizeEntry | None:
    """Return the pictures that were optimised for a filter; None where none was asked for."""
    return cast("MaximizeEntry | None", lens_entry(filter, "maximize"))


def maximized_positive(filter: Filter) -> Attempt | None:
    """Return the picture that was optimised to excite a filter, or None."""
    entry = maximized(filter)
    return entry["positive"] if entry else None
