"""The manifest: plain data that say what the site holds; pages are made from nothing else.

Plain dictionaries, because marshal and the templates' quick path need them; declared here field by
field. What a lens adds to a filter or to the atlas is declared by the lens (its ``section`` module)
and read through its own reader; ``lens_entry`` and ``atlas_entry`` are the only ways to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict, cast

from convatlas.model.comparison import Comparisons

Size = list[int]
"""[height, width] in pixels or positions."""


class File(TypedDict):
    """A published picture."""

    file: str
    """Its path: from the site's root, or for pictures of filters from their layer's folder."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""


class ShareCard(File):
    """The JPEG that other sites show where they link to a page."""

    alt: str
    """What it shows, in words."""


class Preprocessing(TypedDict):
    """How an image becomes the network's input: torchvision's ``ImageClassification`` steps."""

    size: tuple[int, int]
    """Height and width of the input, in pixels."""
    resize: tuple[int, ...]
    """One number: the shorter side; two: height and width; in pixels."""
    channels: int
    """1 or 3."""
    mean: tuple[float, ...]
    """Subtracted from each channel, of values from 0 to 1."""
    std: tuple[float, ...]
    """What each channel is divided by."""
    interpolation: str
    """Pillow's filter for resizing: "bilinear", ..."""


class Histogram(TypedDict):
    """How many values lie between each two edges."""

    edges: list[float]
    """[n + 1], rising."""
    counts: list[int]
    """[n]"""


class Spread(TypedDict):
    """Percentiles of the standard deviations of a layer's filters, in units of the response."""

    low: float
    """The 5th."""
    median: float
    """The 50th."""
    high: float
    """The 95th."""


class Note(TypedDict):
    """What the author of the atlas says of a filter."""

    name: str | None
    """What it is called."""
    remark: str | None
    """HTML of one paragraph."""
    text: str
    """The remark in plain words, for search and tables."""


class Filter(TypedDict):
    """One filter. Beside these fields it has one for each lens that shows it (``lens_entry``)."""

    index: int
    """Its output channel, from 0."""
    href: str
    """Its page from its layer's folder: "117.html", or "filters-96.html#117"."""
    dead: bool | None
    """Whether nothing excites it; None where that cannot be known."""
    hue: int | None
    """The hue of its picture in degrees, 0 to 359; None where it is grey or there is none."""
    note: Note | None


class Unit(TypedDict):
    """A module whose output concatenates a layer's filters with other channels."""

    module: str
    """Its path in the network."""
    first: int
    """The channel of its output that the layer's filter 0 is."""


class Variation(TypedDict):
    """By how much responses to one picture differ, as a share of their range; None: not at all."""

    runs: float | None
    """From run to run."""
    batch: float | None
    """Between the picture by itself and in a batch with others."""


class Sprite(TypedDict):
    """The filters of a layer as small tiles in few pictures, in the order of the filters."""

    tile: int
    """Side of a tile, in pixels."""
    columns: int
    """Tiles in a row; a picture has as many rows."""
    count: int
    """Tiles in all pictures."""
    files: list[File]


class Reach(TypedDict):
    """How many images of a set reach a layer; all numbers about its responses are over these."""

    images: int
    of: int
    """How many were shown to the network."""


class LayerHealth(TypedDict):
    """Counts over a layer's filters; None where they cannot be known."""

    filters: int
    dead: int | None
    never: int | None
    """Filters that no image brings above zero, where the next operation rectifies."""
    always: int | None
    """Filters above zero at 99.9 % of the positions or more, where the next operation rectifies."""
    passed: int
    """Live filters whose optimised picture beats every image."""
    failed: int
    """Live filters whose picture does not."""
    median_ratio: float | None
    """Of the pictures' responses to those of the strongest images."""
    attempts: float | None
    """The mean number of attempts at a picture."""
    duplicates: list[tuple[int, int, float]] | None
    """Pairs of filters, by index, with the correlation of their responses to the images."""
    reach: Reach | None
    """How many images reach the layer; None without images."""
    scale: Spread | None
    shares: Histogram | None
    """Of the filters' shares of positions above zero, 0 to 1; if the next operation rectifies."""


class NetworkHealth(TypedDict):
    """The counts of ``LayerHealth``, summed over the layers that know them."""

    filters: int
    passed: int
    failed: int
    dead: int | None
    never: int | None
    always: int | None
    duplicates: int | None
    """Pairs."""


class LayerFacts(TypedDict):
    """One call of one convolution, or linear layer on a map, in the forward pass."""

    name: str
    """The module's path; the second call of the same module is ``path@2``."""
    network: str
    """The network's name."""
    slug: str
    """Its name as a folder."""
    href: str
    """Its page, from the site's root."""
    module: str
    kind: str
    """The module's class: "Conv2d", "Linear", ..."""
    channels: int
    """Input channels."""
    kernel: Size
    stride: Size
    padding: Size
    dilation: Size
    groups: int
    transposed: bool
    dynamic: bool
    """Whether each picture has a kernel of its own, computed from it."""
    reached: bool
    """Whether the forward pass calls it; if not, it has no map, field or norm."""
    map: Size | None
    """Height and width of the response."""
    norm: str | None
    """The batch norm that is included in the response."""
    activation: str | None
    """The operation applied next."""
    rectified: bool
    """Whether that operation is a rectifier."""
    units: list[Unit]
    """Innermost first."""
    receptive_field: Size | None
    """Pixels of the input that a position sees; None for the whole image."""
    local_receptive_field: Size | None
    """The same without multiplicative global paths."""
    varies: NotRequired[Variation]
    """Absent where the picture determines the responses."""
    health: LayerHealth
    sprites: dict[str, Sprite]
    """By view: "made", "examples", "kernels"."""
    order: list[int] | None
    """Places of the filters in ``filters``, so that similar ones are side by side."""
    social: NotRequired[ShareCard]


class Layer(LayerFacts):
    """A layer with its filters."""

    filters: list[Filter]


class NetworkFacts(TypedDict):
    """A network."""

    name: str
    slug: str
    href: str
    """Its page, from the site's root."""
    source: str
    """As configured."""
    weights: str
    """"DEFAULT", a file's name, "none", "in memory"."""
    parameters: int
    classes: int
    """How many names of classes are known."""
    preprocessing: Preprocessing
    images: str | None
    """The name of the image set that it is shown."""
    filters: int
    """How many the atlas shows."""
    health: NetworkHealth
    single: NotRequired[bool]
    """True where pictures have to be shown one at a time; otherwise absent."""
    class_pages: NotRequired[dict[str, str]]
    """The pages of classes, from the site's root, by the classes' names; absent without any."""
    skipped: list[list[str]]
    """[module, reason] for convolutions that are no layers of the atlas."""
    social: NotRequired[ShareCard]


class Network(NetworkFacts):
    """A network with its layers in execution order."""

    layers: list[Layer]
    photographs: dict[str, File]
    """The published images by id, as the network sees them; files from the site's root."""


class Shown(TypedDict):
    """A filter that shows an image, told of the image."""

    network: str
    layer: str
    index: int
    href: str
    """The filter's page, from the site's root."""
    response: float
    """The filter's highest (for ``lowest``: lowest) response to the image."""
    kind: Literal["top", "lowest", "range"]
    """Whether it is among the strongest, among the lowest, or a weaker example."""


class Image(TypedDict):
    """One published image of a set."""

    id: str
    """The first 12 hexadecimal digits of the digest of its content."""
    label: str | None
    pictures: list[File]
    """As each network sees it, where that differs."""
    excites: list[Shown]
    drawn: bool
    """Whether it was drawn at random, so that every filter shows it."""


class ImageSet(TypedDict):
    """An image set."""

    name: str
    slug: str
    count: int
    """Images shown to networks."""
    publish: Literal["full", "crops", "none"]
    heatmaps: bool
    credit: str
    left_out: int
    """Images that could not be used."""
    images: dict[str, Image]
    """The published ones, by id."""


class CustomPage(TypedDict):
    """A page that the author of the atlas wrote."""

    title: str
    summary: str
    href: str
    """From the site's root."""
    html: str


class Highlight(TypedDict):
    """A filter that the author of the atlas wants to be seen."""

    href: str
    """Its page, from the site's root."""
    text: str
    network: str
    layer: str
    index: int


class Manifest(TypedDict):
    """All that the site holds. Lenses add entries of their own (``atlas_entry``)."""

    title: str
    description: str
    version: str
    """Of convatlas."""
    url: str | None
    """Where the site will stand, with a slash at its end."""
    logo: File | None
    footer: str
    """HTML of one line."""
    pages: list[CustomPage]
    highlights: list[Highlight]
    networks: list[Network]
    image_sets: list[ImageSet]
    lenses: dict[str, dict[str, object] | None]
    """The options of each lens as configured; None for a lens that is switched off."""
    filter_pages: Literal["filter", "layer"]
    """Whether each filter has a page, or many share one."""
    files: dict[str, str]
    """The path of each published picture to the sha256 of its bytes."""
    inside: dict[str, str]
    """The same of pictures that stand inside pages and are no files."""
    social: NotRequired[ShareCard]
    compare: NotRequired[Comparisons]
    """Absent where the atlas compares nothing."""


def lens_entry(told: Filter | Layer, lens: str) -> object:
    """Return what a lens says of a filter or of a layer, or None.

    Each lens has a typed reader for its own.
    """
    return cast("Mapping[str, object]", told).get(lens)


def atlas_entry(manifest: Manifest, name: str) -> object:
    """Return what a lens says of the whole atlas under a name, or None; typed as ``lens_entry``."""
    return cast("Mapping[str, object]", manifest).get(name)


def layer_folder(layer: Layer) -> str:
    """Return the folder of a layer's pages from the site's root, with a slash at its end."""
    return layer["href"].removesuffix("index.html")
