"""The records of circuits, and how to read them."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "circuits"
LAYER = "layer"
"""The item of a layer's own record."""

Input = tuple[int, int, float, float | None, float, list[float]]
"""An input: its layer's index among ``LayerCircuitsData.layers``, its filter, the mean drop, its
share, the norm of the kernel on it (of a 1 x 1 kernel, its weight), and the drop at each of the
strongest images.

The drop is what the response at its peak loses if the input is set to its mean. The share is that
of the response's variance over all positions of all images that goes with the input channel, which
may be a sum of several filters; over all input channels, shares sum to one.
"""

Behind = tuple[int, int, float]
"""A filter two hops back, behind a bottleneck: its layer's index, itself, and the mean drop."""

Consumer = tuple[str, int, float]
"""A layer, one of its filters, and the mean drop of its response without this one, as a share of
how far its response at its strongest images lies above its mean."""


class CircuitData(TypedDict):
    """What makes a filter respond at the peaks of its strongest images, and what goes on from it.

    Drops are in units of the response.
    """

    images: int  # of the strongest, that the drops are of
    excess: float  # mean of the responses at their peaks, minus the mean over all positions
    exciting: list[Input]  # those with the highest mean drops, in falling order
    inhibiting: list[Input]  # those with the lowest, below zero, in rising order
    total: float  # sum of the mean drops of all inputs
    inputs: int  # how many inputs there are
    behind: list[Behind]  # exciting and inhibiting, by the size of the drop
    consumers: list[Consumer]  # by the size of the drop
    groups: list[int] | None  # 0 or 1 for each of the images if they are of two kinds


class PackedCircuit(TypedDict):
    """A ``CircuitData`` as the store keeps it; ``packing`` reads it."""

    excess: float
    weight: float  # the largest size of a listed weight
    numbers: str  # all others, in base64 VLQ


class Removal(TypedDict):
    """Drops as they are told, held against filters that were really removed one at a time."""

    drops: int  # how many were compared
    spearman: float | None
    overlap: float | None  # mean share of the five largest that are the same


class LayerCircuitsData(TypedDict):
    """What is known of the inputs of a layer's filters as a whole."""

    layers: list[str]  # that inputs, or filters behind them, belong to
    after: list[str]  # that consumers belong to
    unknown: int  # number of input channels that are no single filter
    sums: int  # number of input channels that are sums of several filters
    removal: Removal | None  # None without inputs
    behind: Removal | None  # the same two hops back; None without a bottleneck
    slices: list[int]  # rows and columns of each slice in the picture "slices"; none for 1 x 1
    reason: str | None  # why nothing is told of its filters, without a full stop


def read_circuit(records: RecordIndex, layer: str, index: int) -> RecordOf[PackedCircuit] | None:
    """Return what makes a filter respond."""
    return cast("RecordOf[PackedCircuit] | None", records.first(NAME, layer, index))


def read_layer_circuits(records: RecordIndex, layer: str) -> RecordOf[LayerCircuitsData] | None:
    """Return what is known of the inputs of a layer as a whole, with the picture "slices".

    In it, the kernels on a filter's exciting and then its inhibiting inputs lie side by side, and
    those of its layer's filters, in the order of the selection, one below the other.
    """
    return cast("RecordOf[LayerCircuitsData] | None", records.first(NAME, layer, LAYER))
