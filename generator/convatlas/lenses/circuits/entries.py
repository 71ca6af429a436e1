"""The manifest's entries for circuits: what makes filters respond, and what goes on from them."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.lenses.circuits.records import NAME
from convatlas.model.manifest import File, Filter, Layer, Size, lens_entry


class NeighbourEntry(TypedDict):
    """A filter before or after another one, and what passes between them."""

    layer: str
    index: int
    drop: float
    """What the later filter's response at the peaks of its strongest images loses if the earlier
    one is set to its mean: a share of how far that response lies above its mean over all positions
    of all images. Below zero for what inhibits."""


class ExportedInput(NeighbourEntry):
    """A filter that a filter reads, as ``layer.json`` has it."""

    share: float | None
    """Of the variance of the response, over all positions of all images, that goes with it."""
    weight: float
    """The L2 norm of the kernel on it, with the batch norm that the response includes; of a 1 x 1
    kernel, the weight itself, with its sign."""


class InputEntry(ExportedInput):
    """A filter that a filter reads."""

    by_image: list[float]
    """The drop at each of the strongest images, in units of the response."""


class Circuit(TypedDict):
    """What makes a filter respond to its strongest images, without the inputs that are told of."""

    images: int
    """How many of the strongest images drops are the mean of."""
    excess: float
    """How far the responses at their peaks lie above the mean response, on average."""
    explained: float
    """The sum of the drops of the inputs that are told of: 1 for all of the excess."""
    total: float
    """The same of all inputs; what is due to none alone, as with max pooling, is left out."""
    count: int
    """How many inputs there are that are filters."""
    behind: list[NeighbourEntry]
    """Filters behind a bottleneck, two layers back, by the size of the drop."""
    outputs: list[NeighbourEntry]
    """The filters that respond less, or more, without it, by the size of the drop."""
    groups: NotRequired[list[int]]
    """0 or 1 for each of the strongest images, if inputs make it respond to them for two reasons.
    """


class ExportedCircuits(Circuit):
    """What makes a filter respond, and what goes on from it, as ``layer.json`` has it."""

    inputs: list[ExportedInput]
    """The inputs that excite most, the strongest first; then those that inhibit most, likewise."""


class CircuitsEntry(Circuit):
    """What makes a filter respond to its strongest images, and which filters go on from it."""

    inputs: list[InputEntry]
    """As in ``ExportedCircuits``."""


class AgreementEntry(TypedDict):
    """Drops held against those of filters that were really set to their mean, one at a time."""

    drops: int
    """How many were compared."""
    spearman: float | None
    """Their rank correlation; None if either are constant."""
    top5: float | None
    """The mean share of the five largest that are the same."""


class Slices(TypedDict):
    """The kernels on inputs as one picture, a pixel a weight.

    It has a row for each filter of the layer, with those of its ``inputs`` from left to right.
    """

    picture: File
    size: Size
    """Of each kernel: [height, width]."""


class LayerCircuitsEntry(TypedDict):
    """What is known of the inputs of a layer as a whole."""

    layers: list[str]
    """That the inputs belong to; none if the layer reads the picture itself."""
    unknown: int
    """How many input channels are no single filters."""
    sums: int
    """How many input channels are sums of several filters."""
    audit: AgreementEntry | None
    """None without inputs."""
    audit_behind: AgreementEntry | None
    """The same behind bottlenecks; None without one."""
    slices: NotRequired[Slices]
    """The kernels on the inputs; absent if they are 1 x 1."""
    reason: NotRequired[str]
    """Why nothing is told of its filters, if so."""


def circuits(filter: Filter) -> CircuitsEntry | None:
    """Return what makes a filter respond, or None if that is not known."""
    return cast("CircuitsEntry | None", lens_entry(filter, NAME))


def layer_circuits(layer: Layer) -> LayerCircuitsEntry | None:
    """Return what is known of the inputs of a layer as a whole, or None."""
    return cast("LayerCircuitsEntry | None", lens_entry(layer, NAME))
