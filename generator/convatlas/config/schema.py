"""What may stand in ``atlas.yaml``: one class a mapping, one documented field a key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from convatlas.config.options import (
    Attribution,
    Examples,
    Kernels,
    Lenses,
    Maximize,
    Recipe,
)
from convatlas.config.section import METHODS, Method, Name, Positive, Section, Text

__all__ = [
    "METHODS",
    "Atlas",
    "Attribution",
    "Examples",
    "Extra",
    "Highlight",
    "Hypothesis",
    "ImageSet",
    "Input",
    "Kernels",
    "Lenses",
    "Maximize",
    "Method",
    "Model",
    "Name",
    "Note",
    "Probe",
    "Recipe",
    "Section",
    "Site",
]

Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]
Verdict = Literal["confirmed", "weak", "not confirmed"]


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
