"""The schema of ``atlas.yaml``: one class for each mapping, one documented field for each key.

The options of the lenses are defined by the lenses; ``opening.configuration`` adds them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from convatlas.config.bounds import Bound
from convatlas.config.lens_options import LensOptions
from convatlas.config.section import METHODS, Glob, Line, Method, Name, Section, Side, Text

__all__ = [
    "METHODS",
    "Atlas",
    "Comparison",
    "Expect",
    "Extra",
    "Highlight",
    "Hypothesis",
    "ImageSet",
    "Input",
    "Lenses",
    "Method",
    "Model",
    "Name",
    "Note",
    "Probe",
    "Section",
    "Site",
]

Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]
Verdict = Literal["confirmed", "weak", "not confirmed"]


class Input(Section):
    """How pictures are turned into the network's input.

    Defaults come from the weights of a torchvision network. Any other network gets what networks
    trained on ImageNet use: a resize to 256 pixels, a crop of 224, and ImageNet's mean and standard
    deviation.
    """

    size: Side | Annotated[list[Side], Field(min_length=2, max_length=2)] | None = None
    """Side of the network's input in pixels, or [height, width]."""
    resize: Side | Annotated[list[Side], Field(min_length=2, max_length=2)] | None = None
    """Length to which the shorter side is resized before the crop, or [height, width].

    Default if ``size`` is given: 256/224 of its longer side."""
    channels: Literal[1, 3] | None = None
    """Colour channels of the input: 3, or 1 for a network that takes grey pictures."""
    mean: list[float] | None = None
    """Mean subtracted from each channel, for values from 0 to 1.

    Default for one channel: the average of the three."""
    std: list[Annotated[float, Field(gt=0)]] | None = None
    """Standard deviation by which each channel is divided, for values from 0 to 1."""
    interpolation: Interpolation | None = None
    """Pillow's resampling filter for the resize."""


class Model(Section):
    """A network of the atlas."""

    name: Name
    """Name in titles and URLs."""
    source: Name
    """``torchvision/NAME``, ``package.module:callable`` or ``path/to/file.py:callable``."""
    arguments: dict[str, Any] = {}
    """Keyword arguments for the callable."""
    weights: str | None = None
    """``DEFAULT``, the name of torchvision weights, a .pth, .pt or .safetensors file, or ``none``.

    Default: DEFAULT for torchvision's networks; any other network is used as its callable returns
    it."""
    weights_key: str | None = None
    """The state dict of the weights file, where several fit: the keys that lead to it and the
    prefix of its names, such as ``teacher.backbone``.

    Default: the one that fits best."""
    strict: bool = True
    """Whether missing, unexpected or misshapen tensors in the weights file are an error."""
    layers: list[Glob] = ["*"]
    """Globs for the names of the layers to show."""
    filters: str | list[Annotated[int, Field(ge=0)]] = "all"
    """The filters to show: ``all``, ranges such as ``0-63,70``, or a list of indices."""
    input: Input = Input()
    """Input size and preprocessing, where they differ from those of the weights."""
    classes: str | list[str] | None = None
    """A file with one class name per line, or a list of names; default: those of the weights."""
    images: str | None = None
    """Name of the image set shown to this network; default: the only image set."""


class ImageSet(Section):
    """Pictures that are shown to the networks."""

    name: Name
    """Name in titles and URLs."""
    source: Name
    """``folder:PATH``, ``torchvision/NAME``, or ``package.module:callable`` or
    ``path/to/file.py:callable`` that returns a data set."""
    arguments: dict[str, Any] = {}
    """Keyword arguments for the data set or callable."""
    labels: str | None = None
    """A .json or .csv file with the labels of a folder's files or the order of its class folders,
    or ``none`` for no labels.

    Default: ``labels.json`` or ``labels.csv`` in the folder itself, otherwise its class folders."""
    publish: Literal["full", "crops", "none"] = "full"
    """What the site may show of the set: whole pictures, small crops of them, or nothing.

    With ``none``, images appear only as numbers: no pixel and no file name is published."""
    heatmaps: bool = False
    """Whether the site shows where filters respond in images of which nothing else is published.

    Only has an effect with ``publish: none``."""
    credit: str = ""
    """Credit line shown beside the pictures."""


class Probe(Section):
    """A picture that is followed through the networks."""

    name: Name
    """Name in titles and URLs."""
    image: Text
    """An image file, or ``set:SET/IMAGE`` for an image of one of the image sets: IMAGE is the path
    of its file in the folder, or its index in the data set."""
    networks: Annotated[list[Glob], Field(min_length=1)] = ["*"]
    """Globs for the names of the networks that it is shown to."""
    layers: Annotated[list[Glob], Field(min_length=1)] = ["*"]
    """Globs for the names of the layers that are shown, out of those chosen for each network."""
    top: Annotated[int, Field(ge=1, le=50)] = 15
    """How many of a layer's filters, by mean response, are examined in detail."""
    from_: Literal["peak", "map"] = Field(default="peak", alias="from")
    """Whether attribution starts from a filter's strongest position or from its whole map."""
    methods: list[Method] = [*METHODS]
    """The attribution methods: deconvnet, guided backpropagation, plain gradient."""


class Hypothesis(Section):
    """A claim about what a filter responds to, with the pictures that test it."""

    filter: Text
    """The filter: ``network/layer/index``."""
    claim: Annotated[str, Field(min_length=1, max_length=300)]
    """What the filter is said to respond to."""
    image: Text | None = None
    """A picture that shows it: a file, or ``set:SET/IMAGE`` as for probes."""
    images: Text | Annotated[list[Text], Field(min_length=1)] | None = None
    """Several such pictures, or a folder of them; give either this or ``image``."""
    top: Annotated[int, Field(ge=1, le=50)] = 15
    """The rank that the filter must reach in its layer, by mean response, for each picture."""
    expect: Verdict | None = None
    """The verdict that ``build --strict`` requires."""


class Extra(Section):
    """A page of your own."""

    title: Name
    """Title of the page, also used in its URL."""
    file: Text
    """A Markdown file; the pictures that it shows are published with it."""


class Highlight(Section):
    """A filter that is shown on the home page."""

    filter: Text
    """The filter: ``network/layer/index``."""
    text: Annotated[str, Field(max_length=300)] = ""
    """What is remarkable about it."""


class Note(Section):
    """Something you found out about a filter."""

    name: Name | None = None
    """Name of the filter on its page, on its tile and in search."""
    remark: Annotated[Line, Field(min_length=1)] | None = None
    """A remark of one or a few sentences, as Markdown."""


class Site(Section):
    """How the site looks and what it contains."""

    pages: Literal["filter", "layer"] = "filter"
    """``filter``: one page per filter, with picture files beside it. ``layer``: many filters on one
    page with embedded pictures, for hosts that limit the number of files."""

    url: str | None = None
    """Where the site will be published; used where an absolute URL is needed."""
    theme: str | None = None
    """A folder whose ``templates`` and ``static`` files take precedence over the built-in ones."""
    logo: Text | None = None
    """A picture shown before the title: .svg, .png, .jpg or .webp."""
    footer: Line = ""
    """A line at the foot of every page, as Markdown."""
    extra: list[Extra] = []
    """Pages of your own, in Markdown; the header of every page links to them."""
    highlights: list[Text | Highlight] = []
    """Filters shown on the home page, each as ``network/layer/index``."""
    keep: list[Text] = []
    """Your own files and folders in the site's folder, as paths or globs, which a build leaves
    alone: ``[CNAME, "papers/*.pdf"]``. Anything else that convatlas did not write is removed;
    dot files are always left alone."""


class Expect(Section):
    """What must hold of a comparison; ``build --strict`` fails where it does not.

    A number stands for itself exactly; a text is a comparison with one: ``">= 0.9"``. What cannot
    be known does not hold.
    """

    died: Bound | None = None
    """How many filters are dead after and were not before, over all layers."""
    born: Bound | None = None
    """How many filters were dead before and are not after."""
    changed: Bound | None = None
    """How many filters' responses correlate by less than 0.9 with those before."""
    median_correlation: Bound | None = None
    """The lowest of the layers' median correlations."""
    cka: Bound | None = None
    """The lowest of the layers' CKA."""
    accuracy: Bound | None = None
    """The share of the labelled images that the network after is right about, from 0 to 1."""


class Comparison(Section):
    """Networks of the atlas that are held side by side: ``before`` and ``after``, or three or more
    as ``networks``. They see the same image set with the same preprocessing."""

    before: Text | None = None
    """The name of a network."""
    after: Text | None = None
    """The name of the network that it is compared with."""
    networks: Annotated[list[Text], Field(json_schema_extra={"minItems": 3})] | None = None
    """Names of three or more networks in the order of time, instead of ``before`` and ``after``;
    each is compared with the last."""
    match: Literal["index", "correlation"] = "index"
    """How filters are paired.

    ``index``: by their place, where the architectures agree. ``correlation``: by what they answer
    to, for networks trained from other seeds and for other architectures."""
    expect: Expect = Expect()
    """What must hold; of ``networks``, what must hold of the first beside the last."""


class Lenses(Section):
    """The ways of looking at filters; ``false`` switches one off."""

    # Each lens adds a field of its name, with its options or False: see opening.configuration.

    def switched_on(self) -> dict[str, LensOptions]:
        """Return the options of each lens that is on and has some, by the lens's name."""
        return {name: options for name, options in self if isinstance(options, LensOptions)}


class Atlas(Section):
    """The whole file."""

    title: str = "Filter atlas"
    """Title of the site."""
    description: str = ""
    """One or two sentences under the title on the home page."""
    store: str = ".convatlas"
    """The file that stores everything rendered."""
    models: Annotated[list[Model], Field(min_length=1)]
    """The networks."""
    images: list[ImageSet] = []
    """The image sets."""
    lenses: Lenses = Lenses()
    """The lenses and their options."""
    probes: Text | list[Probe] = []
    """Pictures to follow through the networks, or a folder to follow all pictures in it."""
    hypotheses: list[Hypothesis] = []
    """Claims about filters, to be tested."""
    edits: Literal["all"] | list[Text] = []
    """Changes to make to every image, to see which filters notice and what that does to the scores:
    ``all``, or a list of names, of the user's own as ``file.py:callable``, and of pictures with
    transparency that are laid over each image. Each costs one more pass over the images."""
    compare: list[Comparison] = []
    """Networks to hold side by side: a network before and after training, pruning, quantising."""
    notes: dict[str, Name | Note] = {}
    """Names and remarks for filters, by ``network/layer/index``; a plain text is a name."""
    site: Site = Site()
    """How the site looks and what it contains."""
