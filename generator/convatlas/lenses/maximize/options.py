"""The options of the lens ``maximize``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from convatlas.config.lens_options import LensOptions
from convatlas.config.section import Name, Positive, Section, Side
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.lenses.maximize.colours import IMAGENET, check_colours
from convatlas.model.records import Json

Preset = Literal["draft", "standard", "publication", "classic"]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Recipe(Section):
    """Options for a maximised picture; what is not set comes from the preset."""

    preset: Preset | None = None
    """``draft``, ``standard``, ``publication``, or ``classic``, which enlarges a small picture step
    by step."""
    objective: Literal["channel", "neuron", "rms"] | None = None
    """What is maximised: the mean of the map, one position of it, or its root mean square."""
    at: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = None
    """The position for ``neuron``: [down, right] as fractions of the map; default: its centre."""
    canvas: Literal["fourier", "pixels", "phase"] | None = None
    """How the picture is parameterised: by its spectrum, its pixels, or only the phases of its
    spectrum.

    ``phase`` keeps the magnitudes fixed at the mean over an image set."""
    colours: Name | None = None
    """Which colours are decorrelated: those of ``imagenet``, or those of an image set of this
    atlas."""
    size: Side | None = None
    """Side of the canvas, in pixels."""
    steps: Positive | None = None
    """Number of optimiser steps, on each canvas if the canvas grows."""
    optimiser: Literal["adam", "nadam", "sgd"] | None = None
    """The optimiser; ``sgd`` is plain gradient ascent."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """Learning rate of the optimiser."""
    decay: Share | None = None
    """Fraction of the steps, at the end, over which the learning rate falls linearly to zero."""
    tolerance: NotNegative | None = None
    """A picture is finished early once 32 steps raise the response by less than this fraction; 0:
    never."""
    pad: Annotated[int, Field(ge=0)] | None = None
    """Width of the grey margin around the picture during optimisation, in pixels."""
    jitter: NotNegative | None = None
    """Maximum shift of the picture at each step, in pixels."""
    scale: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Maximum change of the picture's size at each step, as a fraction of its size."""
    rotate: Annotated[float, Field(ge=0, le=180)] | None = None
    """Maximum rotation of the picture at each step, in degrees."""
    crop: Annotated[float, Field(gt=0, le=1)] | None = None
    """Size of the random window that the network sees at each step, as a fraction of the picture's
    sides."""
    noise: NotNegative | None = None
    """Standard deviation of the noise added at each step, for pixel values from 0 to 1."""
    others: NotNegative | None = None
    """Weight of the penalty on the five other filters of the layer that respond most to the
    picture; it makes the picture specific to its filter."""
    l2: NotNegative | None = None
    """Weight of the penalty on the mean squared distance of the pixels from grey."""
    variation: NotNegative | None = None
    """Weight of the penalty on total variation, the mean difference between neighbouring pixels."""
    gradients: NotNegative | None = None
    """Weight of the penalty on the root mean square of the picture's gradients (Scharr filters)."""
    growths: Annotated[int, Field(ge=0, le=32)] | None = None
    """How often the canvas is enlarged; each time, optimisation continues from the enlarged
    picture."""
    growth: Annotated[float, Field(gt=1, le=4)] | None = None
    """Factor by which the canvas grows each time."""
    blur: NotNegative | None = None
    """Standard deviation of the blur after each growth, in pixels."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Random seed; another seed gives another picture of the same filter."""

    @property
    def image_set(self) -> str | None:
        """The image set that ``colours`` names; None if it is ``imagenet`` or not set."""
        return None if self.colours == IMAGENET else self.colours


class Maximize(Recipe, LensOptions):
    """Pictures optimised to excite, and to inhibit, each filter as strongly as possible."""

    summary = "Pictures optimised to excite each filter."

    negative: bool = True
    """Whether there are also pictures with the lowest possible response."""
    second: bool = True
    """Whether filters that see more than 48 pixels also get a picture for a single position."""
    diversity: Literal[0] | Annotated[int, Field(ge=2, le=16)] = 0
    """How many mutually different pictures of each filter are made in addition to the first."""
    attempts: Annotated[int, Field(ge=1, le=4)] = 4
    """Maximum number of attempts, including the first, to make a picture that beats every image of
    the set."""
    layers: dict[str, Recipe] = {}
    """Settings for layers whose names match a glob; the last match wins."""
    variants: dict[Name, Recipe] = {}
    """Further recipes, shown beside the first; each is run once, without further attempts."""

    @classmethod
    def check(cls, options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
        """Yield what is wrong with ``colours`` and ``canvas: phase``."""
        return check_colours(options, atlas)

    def check_layers(self, names: Sequence[str]) -> Iterator[Problem]:
        """Yield the globs of ``layers`` that match none of the names."""
        for glob in self.layers:
            if not any(fnmatchcase(name, glob) for name in names):
                message = f"'{glob}' matches no layer; {did_you_mean(glob, names)}"
                yield Problem(("lenses", "maximize", "layers", glob), message)
