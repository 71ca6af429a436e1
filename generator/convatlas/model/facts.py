"""The facts about networks, layers and images; nothing here depends on torch, files or pages."""

from __future__ import annotations

from dataclasses import dataclass

Spans = tuple[tuple[int, int], ...]
"""For each output position along one axis, the half-open interval of input pixels it sees."""


@dataclass(frozen=True)
class ReceptiveField:
    """The input pixels that each output position of a layer depends on.

    ``rows[i]`` and ``columns[j]`` are half-open intervals in pixels of the recorded input, clipped
    to the picture: position (i, j) sees the box ``rows[i]`` x ``columns[j]``. ``size`` is the
    height and width of the field before clipping, or None if a global operation makes it the whole
    image.
    """

    size: tuple[int, int] | None
    rows: Spans
    columns: Spans


@dataclass(frozen=True)
class Tap:
    """What gives a layer's response in a forward pass: a call that is known by its owner.

    So it is this layer's on any path that the network takes, or not there. It is a call of a
    function in a module, with a weight that is or is computed from a parameter; or, if the module
    computes its convolution in its own way, the module's output. ``norm`` are the calls after it
    (of its batch norm, and of a nonlinearity), by function, module and parameter, each of which
    directly takes the result of the one before.
    """

    function: str  # "conv2d", ...; "" for the module's output
    module: str  # path of the module that is running
    parameter: str  # name of the weight's parameter; "" if it is from none
    ordinal: int  # how often function, module and parameter came together before
    norm: tuple[tuple[str, str, str], ...] = ()
    channels_last: bool = False  # whether it gives [n, height, width, filters]
    grouped: bool = (
        False  # whether the n pictures may be groups, as [1, n * filters, height, width]
    )


@dataclass(frozen=True)
class Variation:
    """By how much a layer's responses to one picture differ, as a share of their range.

    Both numbers are for a picture of faint noise, and None where only rounding differs.
    """

    runs: float | None  # from run to run
    batch: float | None  # between the picture by itself and in a batch with others


@dataclass(frozen=True)
class Tie:
    """Filters of a layer that are added to those of a layer before it, one to one.

    Its filters from ``own`` on are added to those of ``layer`` from ``other`` on, as by a residual
    connection; there may be other operations on single channels, or further sums, before.
    """

    layer: str
    own: int
    other: int
    filters: int  # how many


@dataclass(frozen=True)
class Source:
    """Input channels of a layer that are filters of a layer before it, one to one.

    The layer's input channels from ``channel`` on are the filters of ``layer`` from ``filter`` on,
    or sums of which those are parts; there may be other operations on single channels between.
    """

    layer: str
    channel: int
    filter: int
    filters: int  # how many


@dataclass(frozen=True)
class Layer:
    """One call of one convolution, or of a linear layer on a map, in the recorded forward pass.

    A convolution that the forward pass never reaches has ``reached`` false, and no map size, field,
    tap or upstream digest: only its kernels can be shown.

    ``units`` lists the modules whose output is a concatenation of this layer's filters with other
    channels: path, innermost first, and the channel that is filter 0. With ``("inception4a",
    192)``, filter 11 is unit 203 of inception4a.
    """

    name: str  # the module's path; the second call of the same module is ``path@2``
    module: str  # the module's path; empty if it is the network, which is named by its class
    kind: str  # the class's name: "Conv2d", "ConvTranspose2d", "Linear", ...
    filters: int  # output channels
    channels: int  # input channels
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    transposed: bool
    weights: str  # digest of the tensor that convolves, or of all that it is computed from
    reached: bool = True
    map_size: tuple[int, int] | None = (
        None  # height and width of the response for the recorded input
    )
    tap: Tap | None = None  # what gives the response
    consumed: Tap | None = None  # what gives that after the nonlinearity that directly follows
    dynamic: bool = False  # whether each picture has a kernel of its own, computed from it
    norm: str | None = None  # module path of the batch norm included in the response
    activation: str | None = None  # the operation applied next: "relu", "silu", "max_pool2d", ...
    rectified: bool = False  # whether that operation is a rectifier (relu, relu6, hardtanh, ...)
    field: ReceptiveField | None = None
    local_field: ReceptiveField | None = None  # the same without multiplicative global paths
    upstream_digest: str | None = None  # fingerprint of everything that the response depends on
    units: tuple[tuple[str, int], ...] = ()  # modules that concatenate it, and filter 0's channel
    varies: Variation | None = None  # None if the responses are a function of the picture
    conditional: bool = False  # whether values of the picture may decide if it is reached
    ties: tuple[Tie, ...] = ()  # to layers before it, by additions
    sources: tuple[Source, ...] = ()  # what its input channels are


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes the network's input, as in torchvision's ``ImageClassification``."""

    size: tuple[int, int]  # height and width of the network's input
    resize: tuple[int, ...]  # one number: the shorter side; two: height and width
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str  # "nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"


@dataclass(frozen=True)
class NetworkFacts:
    """The facts about an opened network, as plain data that the store keeps."""

    name: str
    source: str  # as configured
    weights: str  # a description for the about page: "DEFAULT", a file's name, "none", "in memory"
    parameters: int
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    layers: tuple[Layer, ...]  # in execution order; unreached ones last
    skipped: tuple[tuple[str, str], ...]  # convolutions that are not layers, and why
    fingerprint: str  # of everything that its output depends on
    single: bool = False  # whether pictures have to be shown to it one at a time
    scores: int = 0  # how many scores it gives for a picture; 0 if its output is no row of scores


@dataclass(frozen=True)
class FunctionFacts:
    """The facts about a function of the user's own that an option names, as plain data."""

    name: str  # as in its module
    about: str = ""  # the first line of its docstring
    digest: str = ""  # of its code, and of what that reads beside it; empty if it is unknown
    problem: str = ""  # why it cannot be imported


@dataclass(frozen=True)
class ImageFacts:
    """One image of an image set."""

    id: str  # the first 12 hexadecimal digits of the digest of its content
    name: str  # its path inside the set, or its index; never shown where ``publish`` is none
    label: str | None  # the name of its class
    target: int | None  # the index of its class


@dataclass(frozen=True)
class ImageSetFacts:
    """The facts about an opened image set; ``fingerprint`` covers content, order and labels."""

    name: str
    fingerprint: str
    images: tuple[ImageFacts, ...]
    left_out: tuple[tuple[str, str], ...]  # names of images that cannot be used, and why


@dataclass(frozen=True)
class Probe:
    """A picture that is followed through a network."""

    name: str
    picture: str  # the picture's id
    layers: tuple[str, ...]  # names of the layers that it is followed through, in execution order
    top: int  # how many filters of each layer are examined in detail
    start: str  # where attribution starts: at the "peak" of a filter's map, or on the whole "map"
    methods: tuple[str, ...]  # "deconvnet", "guided", "gradient"


@dataclass(frozen=True)
class Hypothesis:
    """A claim about one filter of a network."""

    number: int  # its position in the atlas file, from 1
    layer: str
    index: int
    claim: str
    pictures: tuple[str, ...]  # ids of the pictures that test it
    top: int  # the rank that the filter must reach for each picture
    expect: str | None  # the required verdict
    hidden: tuple[str, ...] = ()  # ids of pictures that may not be published


@dataclass(frozen=True)
class Compared:
    """Two networks of an atlas that are held side by side."""

    before: str  # the network's name
    after: str
    match: str  # how filters are paired: by "index", or by the "correlation" of their responses


@dataclass(frozen=True)
class ForeignPicture:
    """A picture made for a filter of another network, and this network's most similar filter.

    "This network" is the one that the picture is shown to; the other filter is its filter's twin.
    """

    network: str  # whose picture it is
    layer: str
    index: int
    picture: str  # digest of the published file
    made_for: tuple[int, int]  # height and width of its network's input
    twin_layer: str
    twin: int
    correlation: float  # of the two filters' responses to images
