"""The recipe of a maximised picture: everything that determines it besides network and filter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from convatlas.model.records import Json, RecordRequest

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Recipe:
    """The settings of a recipe; one that is switched off has a neutral value."""

    objective: str  # "channel": mean over the map; "neuron": one position; "rms": root mean square
    canvas: str  # "fourier", "pixels" or "phase"
    size: Size  # of the initial canvas
    steps: int  # on each canvas
    rate: float  # learning rate
    jitter: float = 0.0  # maximum shift, in pixels
    rotate: float = 0.0  # maximum angle, in degrees
    scale: float = 0.0  # maximum relative change of size
    pad: int = 0  # width of the grey margin, in pixels
    crop: float = 1.0  # fraction of the sides that the network sees at a step
    noise: float = 0.0  # standard deviation, for values from 0 to 1
    at: tuple[float, float] = (0.5, 0.5)  # for "neuron": down and right, as fractions of the map
    colours: Json = None  # {"set": a name, "digest": of its statistics}; None: not decorrelated
    optimiser: str = "adam"  # or "nadam", "sgd"
    decay: float = 0.0  # share of the steps, the last, over which the rate falls to zero
    tolerance: float = 0.0  # relative gain over 32 steps below which a picture is finished
    others: float = 0.0  # weight of the other filters that respond most
    l2: float = 0.0  # weight of the mean square distance from grey
    variation: float = 0.0  # weight of the total variation
    gradients: float = 0.0  # weight of the root mean square gradient
    growths: int = 0  # how often the canvas grows
    growth: float = 1.2  # factor of each growth
    blur: float = 0.0  # standard deviation of the blur after each growth, in pixels
    members: int = 1  # number of different pictures of a filter
    seed: int = 0

    @classmethod
    def of(cls, value: Json) -> Recipe:
        """Return the recipe from its JSON data."""
        return cls(**{**value, "size": tuple(value["size"]), "at": tuple(value["at"])})

    @property
    def json(self) -> Json:
        """The recipe as JSON data."""
        return {**asdict(self), "size": list(self.size), "at": list(self.at)}

    @property
    def determinants(self) -> Json:
        """What enters record keys: the statistics, but not the name of their set."""
        colours = self.colours and self.colours["digest"]
        return {**self.json, "colours": colours}

    @property
    def sizes(self) -> list[Size]:
        """The sizes of the canvas, before and after each growth."""
        height, width = self.size
        return [
            (round(height * self.growth**n), round(width * self.growth**n))
            for n in range(self.growths + 1)
        ]

    @property
    def moves(self) -> bool:
        """Whether the picture is transformed before the network sees it."""
        return bool(self.jitter or self.rotate or self.scale or self.crop < 1)


STILL: dict[str, Any] = {"jitter": 0.0, "rotate": 0.0, "scale": 0.0, "pad": 0, "crop": 1.0}
"""Settings without any movement."""


def retry(first: Recipe, attempt: int, most: Size) -> Recipe:
    """Return the recipe of an attempt, counted from 0; each tries harder than the one before.

    Attempt 1 uses a single position and no penalty and does not stop early, attempt 2 also drops
    all movement and takes twice the steps, and later ones use plain pixels. A canvas of plain
    pixels that just fits the field gets a margin, up to the size ``most``, because where the best
    picture has a single colour, only the margin makes it visible.
    """
    if attempt == 0:
        return first
    size = first.size
    if first.canvas == "pixels" and first.objective == "neuron":
        height, width = (
            max(own, min(3 * own, whole)) for own, whole in zip(size, most, strict=True)
        )
        size = height, width
    again = replace(
        first,
        objective="neuron",
        size=size,
        tolerance=0.0,
        seed=first.seed + attempt,
        **PLAIN,
    )
    if attempt == 1:
        return again
    still = replace(again, steps=2 * first.steps, **STILL)
    if attempt == 2:
        return replace(still, rate=first.rate / 2)
    return replace(still, canvas="pixels", colours=None, steps=3 * first.steps, rate=0.25)


PLAIN: dict[str, Any] = {
    "others": 0.0,
    "noise": 0.0,
    "l2": 0.0,
    "variation": 0.0,
    "gradients": 0.0,
}
"""Settings without anything that reduces the response."""


def diverse(first: Recipe, members: int) -> Recipe:
    """Return a recipe for ``members`` pictures of each filter, pushed apart until the end."""
    return replace(first, members=members, tolerance=0.0) if members > 1 else first


def layer_and_recipe(request: RecordRequest) -> tuple[str, str]:
    """Return what pictures must have in common to be optimised in one batch."""
    what = request.recipe
    return str(request.layer), f"{what['attempt']} {sorted(what['made'].items())}"
