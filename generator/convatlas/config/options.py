"""The options of the lenses: one class for each lens, one documented field for each key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from convatlas.config.section import METHODS, Method, Name, Positive, Section

Preset = Literal["draft", "standard", "publication", "classic"]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Kernels(Section):
    """The weights of the convolution as pictures."""

    slices: Literal["all"] | Positive = 16
    """How many input slices of a deep kernel are shown, strongest first, or ``all``."""


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
    size: Positive | None = None
    """Side of the canvas, in pixels."""
    steps: Positive | None = None
    """Number of optimiser steps, on each canvas if the canvas grows."""
    optimiser: Literal["adam", "nadam", "sgd"] | None = None
    """The optimiser; ``sgd`` is plain gradient ascent."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """Learning rate of the optimiser."""
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


class Maximize(Recipe):
    """Pictures optimised to excite, and to inhibit, each filter as strongly as possible."""

    negative: bool = True
    """Whether there are also pictures with the lowest possible response."""
    second: bool = True
    """Whether filters that see more than half the canvas also get a picture for a single position.
    """
    diversity: Literal[0] | Annotated[int, Field(ge=2, le=16)] = 0
    """How many mutually different pictures of each filter are made in addition to the first."""
    attempts: Annotated[int, Field(ge=1, le=4)] = 4
    """Maximum number of attempts, including the first, to make a picture that beats every image of
    the set."""
    layers: dict[str, Recipe] = {}
    """Settings for layers whose names match a glob; the last match wins."""
    variants: dict[Name, Recipe] = {}
    """Further recipes, shown beside the first; each is run once, without further attempts."""


class Examples(Section):
    """The images that excite each filter most."""

    top: Annotated[int, Field(ge=1, le=100)] = 9
    """How many of the images that excite a filter most are kept."""
    lowest: Annotated[int, Field(ge=1, le=100)] = 3
    """How many of the images that inhibit a filter most are kept."""


class Attribution(Section):
    """Which pixels of its strongest images each filter responds to."""

    methods: Annotated[list[Method], Field(min_length=1)] = [*METHODS]
    """The attribution methods: deconvnet, guided backpropagation, plain gradient."""
    top: Annotated[int, Field(ge=1, le=100)] = 9
    """How many of the strongest images are traced; at most as many as ``examples`` keeps."""


class Lenses(Section):
    """The ways of looking at filters; ``false`` switches one off."""

    kernels: Kernels | Literal[False] = Kernels()
    """The weights themselves as pictures."""
    examples: Examples | Literal[False] = Examples()
    """The images that excite each filter most."""
    maximize: Maximize | Literal[False] = Maximize()
    """Pictures optimised to excite each filter."""
    attribution: Attribution | Literal[False] = False
    """Which pixels of its strongest images each filter responds to; takes a while."""
