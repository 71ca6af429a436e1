"""What may be set for the lenses: one class a lens, one documented field a key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from convatlas.config.section import METHODS, Method, Name, Positive, Section

Preset = Literal["draft", "standard", "publication", "classic"]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Kernels(Section):
    """The convolution's own weights as pictures."""

    slices: Literal["all"] | Positive = 16
    """How many input slices of a deep kernel are shown, the strongest first, or ``all``."""


class Recipe(Section):
    """What may be set for a maximised picture; what is left out comes from the preset."""

    preset: Preset | None = None
    """``draft``, ``standard``, ``publication``, or ``classic``: small pixels that grow."""
    objective: Literal["channel", "neuron", "rms"] | None = None
    """The mean over the map, one position of it, or its root mean square."""
    at: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = None
    """The position of ``neuron``, [down, right] as shares of the map; default: its centre."""
    canvas: Literal["fourier", "pixels", "phase"] | None = None
    """How the picture is parameterised: by its spectrum, its pixels, or its phases alone.

    ``phase`` keeps the mean magnitudes of the spectra of an image set."""
    colours: Name | None = None
    """Whose colours are decorrelated: ``imagenet``'s, or those of an image set of this atlas."""
    size: Positive | None = None
    """Side of the canvas in pixels."""
    steps: Positive | None = None
    """Steps of the optimiser (on each canvas, where it grows)."""
    optimiser: Literal["adam", "nadam", "sgd"] | None = None
    """``sgd`` follows the plain gradient."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """Step size of the optimiser."""
    tolerance: NotNegative | None = None
    """A picture is finished early once 32 steps gain less than this share of the response; 0:
    never."""
    pad: Annotated[int, Field(ge=0)] | None = None
    """Width of a margin of grey around the picture while it is optimised, in pixels."""
    jitter: NotNegative | None = None
    """Largest shift of the picture at each step, in pixels."""
    scale: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Largest change of the picture's size at each step, as a share of it."""
    rotate: Annotated[float, Field(ge=0, le=180)] | None = None
    """Largest turn of the picture at each step, in degrees."""
    crop: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the picture's sides that the network sees at each step, somewhere in it."""
    noise: NotNegative | None = None
    """Standard deviation of the noise on the picture's values (0 to 1) at each step."""
    l2: NotNegative | None = None
    """Weight of the penalty on the mean square of the pixels' distance from grey."""
    variation: NotNegative | None = None
    """Weight of the penalty on the total variation: the mean step between neighbours."""
    gradients: NotNegative | None = None
    """Weight of the penalty on the root mean square of the picture's gradients (Scharr)."""
    growths: Annotated[int, Field(ge=0, le=32)] | None = None
    """How often the canvas grows, each time optimised anew from the enlarged picture."""
    growth: Annotated[float, Field(gt=1, le=4)] | None = None
    """Factor of each growth of the canvas."""
    blur: NotNegative | None = None
    """Standard deviation of the blur after each growth, in pixels."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Another seed gives another picture of the same filter."""


class Maximize(Recipe):
    """Pictures made to excite, and to inhibit, each filter as strongly as possible."""

    negative: bool = True
    """Whether the lowest response is looked for too."""
    second: bool = True
    """Whether filters that see more than half the canvas get a picture for one position too."""
    diversity: Literal[0] | Annotated[int, Field(ge=2, le=16)] = 0
    """How many pictures of each filter that differ from each other are made beside the first."""
    attempts: Annotated[int, Field(ge=1, le=4)] = 4
    """Attempts at most, the first included, until a picture beats every image of the set."""
    layers: dict[str, Recipe] = {}
    """Settings for the layers whose names match a glob; the last match wins."""
    variants: dict[Name, Recipe] = {}
    """Further recipes, shown beside the first; made once, without further attempts."""


class Examples(Section):
    """The images that excite each filter most."""

    top: Annotated[int, Field(ge=1, le=100)] = 9
    """How many images are kept of those that excite a filter most."""
    lowest: Annotated[int, Field(ge=1, le=100)] = 3
    """How many are kept of those that inhibit it most."""


class Attribution(Section):
    """Which pixels of its strongest images made each filter answer."""

    methods: Annotated[list[Method], Field(min_length=1)] = [*METHODS]
    """The ways of asking: deconvnet, guided backpropagation, plain gradient."""
    top: Annotated[int, Field(ge=1, le=100)] = 9
    """Of how many of the strongest images; at most as many as ``examples`` keeps."""


class Lenses(Section):
    """The ways of looking at filters; ``false`` switches one off."""

    kernels: Kernels | Literal[False] = Kernels()
    """The weights themselves as pictures."""
    examples: Examples | Literal[False] = Examples()
    """The images that excite each filter most."""
    maximize: Maximize | Literal[False] = Maximize()
    """Pictures made to excite each filter."""
    attribution: Attribution | Literal[False] = False
    """Which pixels of its strongest images made each filter answer; takes a while."""
