"""How the layers of a network are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from convatlas.lenses.circuits.inputs import Inputs, groups_of, inputs_of
from convatlas.model.facts import Layer


@dataclass
class Wiring:
    """The layers of a network, and how they are connected.

    Attributes:
        layers: All layers that have inputs and activations, in execution order.
        groups: The group in which each source is ablated.
        inputs: The inputs of each layer.
    """

    layers: Sequence[Layer]
    groups: Mapping[str, int] = field(init=False)
    inputs: Mapping[str, Inputs] = field(init=False)

    def __post_init__(self) -> None:
        self.layers = [
            layer for layer in self.layers if layer.tap and layer.consumed and not layer.dynamic
        ]
        self.groups = groups_of(self.layers)
        self.inputs = {layer.name: inputs_of(layer, self.groups) for layer in self.layers}
        self.named = {layer.name: layer for layer in self.layers}
