"""Render requests for circuits: two passes over the images, and a test of each layer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convatlas.errors import NetworkError, describe
from convatlas.images.codecs.webp import LARGEST, encode_lossless
from convatlas.lenses.base import Batch, RenderContext, grouped, layer_of
from convatlas.lenses.circuits.consumers import Consumers
from convatlas.lenses.circuits.layer_records import LayerCircuits
from convatlas.lenses.circuits.options import Circuits
from convatlas.lenses.circuits.packing import packed
from convatlas.lenses.circuits.passes import Passes, peaks_of
from convatlas.lenses.circuits.records import LAYER, CircuitData, LayerCircuitsData
from convatlas.lenses.circuits.removal import Tests
from convatlas.lenses.circuits.slices import sheet
from convatlas.model.records import EncodedPicture, Record, RecordRequest
from convatlas.network.memory import out_of_memory

LOG = logging.getLogger("convatlas.circuits")

DEVIATION = 1e-3
"""The largest difference between a response and the sum of its parts that counts as rounding."""
PARTS = (
    "its responses are not the sums of what its inputs contribute, as for a norm that depends on"
    " the picture"
)
NOTHING: CircuitData = {
    "images": 0,
    "excess": 0.0,
    "exciting": [],
    "inhibiting": [],
    "total": 0.0,
    "inputs": 0,
    "behind": [],
    "consumers": [],
    "groups": None,
}
NOTHING_OF_LAYER: LayerCircuitsData = {
    "layers": [],
    "after": [],
    "unknown": 0,
    "sums": 0,
    "removal": None,
    "behind": None,
    "slices": [],
    "reason": None,
}
MISSED = "some images do not reach it as they were recorded"


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch]:
    """Yield a batch for each layer.

    Where a network cannot be followed from layer to layer, its records say why.
    """
    study = Study(context)
    reason = None
    try:
        study.run()
    except (NetworkError, RuntimeError) as error:  # the network is the user's code
        if out_of_memory(error):
            raise
        LOG.debug("circuits", exc_info=True)
        reason = f"the network cannot be followed from layer to layer ({describe(error)})"
    for name, group in grouped(requests, layer_of).items():
        why = reason or study.reason(name)
        if why is None:
            yield study.batch(name, group)
        else:
            layer, filter = Record({**NOTHING_OF_LAYER, "reason": why}), packed(NOTHING, [])
            yield [(each, layer if each.item == LAYER else Record({**filter})) for each in group]


class Study:
    """The passes over the images of one network, and what they find.

    Attributes:
        found: What is known of each layer's filters.
    """

    def __init__(self, context: RenderContext) -> None:
        options = context.plan.options(Circuits)
        assert options is not None
        self.context, self.most = context, options.inputs
        self.passes = Passes(context)
        self.consumers = Consumers(self.most)
        self.selected = {layer.name: list(filters) for layer, filters in context.plan.layers()}
        self.found: dict[str, Found] = {}
        self.tests = Tests()

    def run(self) -> None:
        """Show the images to the network.

        Raises:
            NetworkError: the network's own code fails.
            RuntimeError: it does not run as it was recorded.
        """
        passes, inputs = self.passes, self.passes.wiring.inputs
        passes.measure()
        peaks = {
            layer.name: peaks_of(self.context, layer, self.selected[layer.name])
            for layer in passes.wiring.layers
            if layer.name in self.selected and layer.name not in passes.missed
        }
        for layer, drops, behind in passes.drops(peaks):
            shares = passes.shares[layer.name]
            own = LayerCircuits(layer, drops, shares, behind, inputs, self.most)
            self.found[layer.name] = Found.of(own, self.selected[layer.name])
            if self.reason(layer.name) is None:
                self.consumers.add(own, set(self.selected[layer.name]))
        self.tests = passes.tests()

    def reason(self, layer: str) -> str | None:
        """Return why nothing is told of a layer; None if something is."""
        if layer not in self.found:
            return MISSED
        return PARTS if self.found[layer].deviation > DEVIATION else None

    def batch(self, layer: str, requests: Sequence[RecordRequest]) -> Batch:
        """Return the records of a layer and of its filters."""
        found = self.found[layer]
        consumers = {index: self.consumers.of(layer, index) for index in found.filters}
        names = dict.fromkeys(name for each in consumers.values() for name, _, _ in each)
        told: LayerCircuitsData = {
            **found.layer,
            "after": list(names),
            "removal": self.tests.removal(layer),
            "behind": self.tests.removal_behind(layer),
        }

        def record(request: RecordRequest) -> Record:
            if request.item == LAYER:
                return Record({**told}, found.pictures)
            index = int(request.item)
            data: CircuitData = {**found.filters[index], "consumers": consumers[index]}
            return Record({**packed(data, told["after"])})

        return [(request, record(request)) for request in requests]


@dataclass(frozen=True)
class Found:
    """What is kept of a layer until its filters' consumers are known.

    Attributes:
        filters: The data of its filters, without consumers.
        layer: The data of the layer, without the layers after it and the tests.
        pictures: The layer's pictures.
        deviation: As in ``LayerDrops``.
    """

    filters: Mapping[int, CircuitData]
    layer: LayerCircuitsData
    pictures: Mapping[str, EncodedPicture]
    deviation: float

    @classmethod
    def of(cls, made: LayerCircuits, filters: Sequence[int]) -> Found:
        """Return what is kept of a layer's selected filters."""
        pictures = _slices(made, filters)
        return cls(
            made.filters(filters),
            _layer(made, drawn=bool(pictures)),
            pictures,
            made.drops.deviation,
        )


def _layer(made: LayerCircuits, *, drawn: bool) -> LayerCircuitsData:
    own = made.drops.inputs
    return {
        "layers": made.layers,
        "after": [],
        "unknown": own.unknown if own.groups else made.layer.channels,
        "sums": own.sums,
        "removal": None,
        "behind": None,
        "slices": list(made.kernels.shape[2:]) if drawn else [],
        "reason": None,
    }


def _slices(made: LayerCircuits, filters: Sequence[int]) -> dict[str, EncodedPicture]:
    """Return the picture of the kernels on listed inputs; none for single weights."""
    rows, columns = made.kernels.shape[2:]
    places = 2 * made.most
    if rows * columns == 1 or rows * len(filters) > LARGEST or not made.layers:
        return {}
    drawn = [made.slices(index).numpy() for index in filters]
    return {"slices": encode_lossless(sheet(drawn, places))}
