"""How a maximised picture is made: all that determines it beside the network and the filter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from convatlas.model.records import Json

Size = tuple[int, int]
"""Height and width in pixels."""

IMAGENET = "imagenet"
"""Whose colours are decorrelated where nothing else is said."""


@dataclass(frozen=True)
class Recipe:
    """The parts of a recipe; a part that is off has the value that changes nothing."""

    objective: str  # "channel": mean over the map; "neuron": one position; "rms": root mean square
    canvas: str  # "fourier", "pixels" or "phase"
    size: Size  # of the canvas on which it starts
    steps: int  # on each canvas
    rate: float  # of the optimiser
    jitter: float = 0.0  # largest shift, in pixels
    rotate: float = 0.0  # largest angle, in degrees
    scale: float = 0.0  # largest relative change of size
    pad: int = 0  # width of the grey margin, in pixels
    crop: float = 1.0  # share of the sides that the network sees at a step
    noise: float = 0.0  # standard deviation, of values from 0 to 1
    at: tuple[float, float] = (0.5, 0.5)  # of "neuron": down and right, as shares of the map
    colours: Json = None  # {"set": a name, "digest": of its statistics}; None: not decorrelated
    optimiser: str = "adam"  # or "nadam", "sgd"
    tolerance: float = 0.0  # relative gain over 32 steps under which a picture is finished
    l2: float = 0.0  # weight of the mean square distance from grey
    variation: float = 0.0  # weight of the total variation
    gradients: float = 0.0  # weight of the root mean square gradient
    growths: int = 0  # how often the canvas grows
    growth: float = 1.2  # by which factor
    blur: float = 0.0  # standard deviation of the blur after each growth, in pixels
    members: int = 1  # different pictures of one filter
    seed: int = 0

    @classmethod
    def of(cls, value: Json) -> Recipe:
        """The recipe of its JSON data."""
        return cls(**{**value, "size": tuple(value["size"]), "at": tuple(value["at"])})

    @property
    def json(self) -> Json:
        """The recipe as JSON data."""
        return {**asdict(self), "size": list(self.size), "at": list(self.at)}

    @property
    def determinants(self) -> Json:
        """What of the recipe stands in a record's key: statistics, not the name of their set."""
        colours = self.colours and self.colours["digest"]
        return {**self.json, "colours": colours}

    @property
    def sizes(self) -> list[Size]:
        """The canvas's size before and after each growth."""
        height, width = self.size
        return [
            (round(height * self.growth**n), round(width * self.growth**n))
            for n in range(self.growths + 1)
        ]

    @property
    def moves(self) -> bool:
        """Whether the network sees anything but the canvas as it is."""
        return bool(self.jitter or self.rotate or self.scale or self.crop < 1)


STILL: dict[str, Any] = {"jitter": 0.0, "rotate": 0.0, "scale": 0.0, "pad": 0, "crop": 1.0}
"""Without any movement."""


def retry(first: Recipe, attempt: int, most: Size) -> Recipe:
    """The recipe of the n-th attempt (from 0), each with more means than the one before.

    First a single position and twice the steps; then the same without movement; then plain pixels.
    A canvas of plain pixels that the field just fills gets surroundings, up to the size ``most``:
    where the best picture is of one colour, it takes them to see it.
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
        steps=2 * first.steps,
        tolerance=0.0,
        seed=first.seed + attempt,
        **PLAIN,
    )
    if attempt == 1:
        return again
    still = replace(again, **STILL)
    if attempt == 2:
        return replace(still, rate=first.rate / 2)
    return replace(still, canvas="pixels", colours=None, steps=3 * first.steps, rate=0.25)


PLAIN: dict[str, Any] = {"noise": 0.0, "l2": 0.0, "variation": 0.0, "gradients": 0.0}
"""Without anything that holds the response back."""


def diverse(first: Recipe, members: int) -> Recipe:
    """As many pictures of each filter, pushed apart; they stay together to the end."""
    return replace(first, members=members, tolerance=0.0) if members > 1 else first
