"""What may stand in ``atlas.yaml``: one class a mapping, one documented field a key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Preset = Literal["draft", "standard", "publication", "classic"]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Method = Literal["deconvnet", "guided", "gradient"]
METHODS: tuple[Method, ...] = ("deconvnet", "guided", "gradient")
Verdict = Literal["confirmed", "weak", "not confirmed"]


class Section(BaseModel):
    """A mapping of the file: unknown keys are mistakes, and nothing is converted silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class Input(Section):
    """How pictures become the network's input.

    What is left out comes from the weights of a torchvision network; of all others it is what
    networks trained on ImageNet take: 224 pixels after a resize to 256, and its mean and std."""

    size: Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    """Side of the network's input in pixels, or [height, width]."""
    resize: Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    """Length to which the shorter side is resized before the crop, or [height, width].

    Left out while ``size`` is given: 256/224 of its longer side."""
    channels: Literal[1, 3] | None = None
    """Colour channels of the input: 3, or 1 for a network that sees grey pictures."""
    mean: list[float] | None = None
    """Mean subtracted from each channel, of values from 0 to 1.

    Left out for one channel: the average of the three."""
    std: list[Annotated[float, Field(gt=0)]] | None = None
    """Standard deviation that each channel is divided by."""
    interpolation: Interpolation | None = None
    """Pillow's filter for resizing."""


class Model(Section):
    """One network of the atlas."""

    name: Name
    """Its name in titles and addresses."""
    source: Name
    """``torchvision/NAME``, ``package.module:callable`` or ``path/to/file.py:callable``."""
    arguments: dict[str, Any] = {}
    """Keyword arguments for the callable."""
    weights: str | None = None
    """``DEFAULT``, a torchvision weights name, a .pth, .pt or .safetensors file, or ``none``.

    Left out: DEFAULT for torchvision's networks, and as it is returned for a callable's."""
    strict: bool = True
    """Whether missing, unexpected or misshapen tensors in the weights file are an error."""
    layers: list[str] = ["*"]
    """Globs over layer names."""
    filters: str | list[Annotated[int, Field(ge=0)]] = "all"
    """``all``, ranges such as ``0-63,70``, or a list of indices."""
    input: Input = Input()
    """Size and preprocessing, where they differ from what the weights say."""
    classes: str | list[str] | None = None
    """A file with a class name a line, or a list of names; default: what the weights say."""
    images: str | None = None
    """The name of the image set shown to this network; default: the only one there is."""


class ImageSet(Section):
    """Pictures that are shown to the networks."""

    name: Name
    """Its name in titles and addresses."""
    source: Name
    """``folder:PATH``, ``torchvision/NAME``, or ``package.module:callable`` or
    ``path/to/file.py:callable`` that returns a data set."""
    arguments: dict[str, Any] = {}
    """Keyword arguments for the data set or callable."""
    labels: str | None = None
    """A .json or .csv file that gives labels to the files of a folder, or the order of its class
    folders; ``none``: no labels at all.

    Left out: ``labels.json`` or ``labels.csv`` in the folder itself, else class folders."""
    publish: Literal["full", "crops", "none"] = "full"
    """What of the set may stand in the site: pictures whole, small windows of them, or nothing.

    With ``none`` the images are numbers: no pixel and no file name is published."""
    heatmaps: bool = False
    """Whether the site shows where filters respond in images of which nothing else is published.

    Has an effect with ``publish: none`` only."""
    credit: str = ""
    """Whom to thank; shown beside the pictures."""


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
    """How many images are kept for each filter."""
    lowest: Annotated[int, Field(ge=1, le=100)] = 3
    """How many of those that inhibit it."""


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


class Probe(Section):
    """A picture that is followed through the networks."""

    name: Name
    """Its name in titles and addresses."""
    image: Text
    """An image file, or ``set:SET/IMAGE``: an image of a set of this atlas, by its file's path in
    the folder, or its index in the data set."""
    networks: Annotated[list[str], Field(min_length=1)] = ["*"]
    """Globs over the names of the networks that see it."""
    layers: Annotated[list[str], Field(min_length=1)] = ["*"]
    """Globs over the names of the layers that are shown, of those that are chosen for a network."""
    top: Annotated[int, Field(ge=1, le=50)] = 15
    """How many of a layer's filters, by mean response, are looked at closely."""
    from_: Literal["peak", "map"] = Field(default="peak", alias="from")
    """Whether methods start from a filter's strongest position or from its whole map."""
    methods: list[Method] = [*METHODS]
    """How pixels are traced back: deconvnet, guided backpropagation, plain gradient."""


class Hypothesis(Section):
    """A claim about what a filter answers to, with the pictures that test it."""

    filter: Text
    """The filter: ``network/layer/index``."""
    claim: Annotated[str, Field(min_length=1, max_length=300)]
    """What it is said to answer to."""
    image: Text | None = None
    """A picture of that: a file, or ``set:SET/IMAGE`` as for probes."""
    images: Text | Annotated[list[Text], Field(min_length=1)] | None = None
    """Several of them, or a folder; give this or ``image``."""
    top: Annotated[int, Field(ge=1, le=50)] = 15
    """The rank that the filter has to reach in its layer, by mean response, for each picture."""
    expect: Verdict | None = None
    """The verdict that ``build --strict`` insists on."""


class Extra(Section):
    """A page of one's own."""

    title: Name
    """Its title, here and in its address."""
    file: Text
    """A Markdown file; pictures that it shows are published with it."""


class Highlight(Section):
    """A filter that the home page shows."""

    filter: Text
    """The filter: ``network/layer/index``."""
    text: Annotated[str, Field(max_length=300)] = ""
    """What is remarkable about it."""


class Note(Section):
    """What somebody found out about a filter."""

    name: Name | None = None
    """What it is called on its page, on its tile and in search."""
    remark: Text | None = None
    """What there is to say about it, as Markdown: a sentence or a few."""


class Site(Section):
    """How the site presents itself."""

    pages: Literal["filter", "layer"] = "filter"
    """``filter``: a page for each filter, with its pictures beside it. ``layer``: many filters on
    one page, with their pictures inside, for hosts that take few files."""

    url: str | None = None
    """Where it will be published; used where an absolute address is needed."""
    theme: str | None = None
    """A folder whose ``templates`` and ``static`` files go before ours."""
    logo: Text | None = None
    """A picture shown before the title: .svg, .png, .jpg or .webp."""
    footer: str = ""
    """A line at the foot of every page, as Markdown."""
    extra: list[Extra] = []
    """Pages of your own, in Markdown; the header of every page leads to them."""
    highlights: list[Text | Highlight] = []
    """Filters shown on the home page, ``network/layer/index`` each."""


class Atlas(Section):
    """The whole file."""

    title: str = "Filter atlas"
    """Title of the site."""
    description: str = ""
    """A sentence or two under the title on the home page."""
    store: str = ".convatlas"
    """The file that remembers everything rendered."""
    models: Annotated[list[Model], Field(min_length=1)]
    """The networks."""
    images: list[ImageSet] = []
    """The image sets."""
    lenses: Lenses = Lenses()
    """The lenses and their options."""
    probes: Text | list[Probe] = []
    """Pictures to follow through the networks; or a folder, for all of its pictures."""
    hypotheses: list[Hypothesis] = []
    """Claims about filters to be tested."""
    notes: dict[str, Name | Note] = {}
    """Names and remarks for filters, by ``network/layer/index``; a text alone is a name."""
    site: Site = Site()
    """How the site presents itself."""
