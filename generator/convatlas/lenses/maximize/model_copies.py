"""Copies of the network for optimisation: norms folded in, in each precision that is used."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import torch
from torch import nn

from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize.optimization_batch import OptimizationTarget
from convatlas.lenses.maximize.precision import agrees, low_precision, slow
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.model.records import Layer
from convatlas.network.fuse import fused
from convatlas.network.paths import Paths
from convatlas.network.trace.layers import record_layers

FULL = torch.float32


@dataclass
class ModelCopies:
    """Copies of a render context's network, made on demand."""

    context: RenderContext
    modules: dict[torch.dtype, nn.Module] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    paths: Paths = field(init=False)

    def __post_init__(self) -> None:
        network = self.context.plan.network
        shape = (network.preprocessing.channels, *network.preprocessing.size)
        size = network.preprocessing.size
        self.paths = Paths(self.context.module, network.layers, shape[0], size)
        plain = copy.deepcopy(self.context.module).cpu().requires_grad_(False)
        folded = fused(plain, network.layers)
        # Folding changes the taps of the layers, but must not change their names.
        self.layers = {layer.name: layer for layer in record_layers(folded, shape)[0]}
        if self.layers.keys() != {layer.name for layer in network.layers}:
            folded, self.layers = plain, {layer.name: layer for layer in network.layers}
        self.modules[FULL] = folded.to(self.context.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def targets(self, name: str, how: Recipe) -> list[OptimizationTarget]:
        """Return a layer in the preferred precision, followed by float32 as a fallback."""
        full, precision = self._target(name, FULL), low_precision(self.context.device)
        if precision is None or slow(self._before(name), self.context.device):
            return [full]
        low = self._target(name, precision)
        return [low, full] if agrees(low, full, how.sizes[-1]) else [full]

    def _before(self, name: str) -> list[Layer]:
        names = list(self.layers)
        return [self.layers[one] for one in names[: names.index(name) + 1]]

    def _target(self, name: str, precision: torch.dtype) -> OptimizationTarget:
        if precision not in self.modules:
            self.modules[precision] = copy.deepcopy(self.modules[FULL]).to(precision)
        network = self.context.plan.network
        return OptimizationTarget(
            self.modules[precision],
            self.layers[name],
            network.preprocessing,
            self.context.device,
            precision,
            network.single,
            self.paths,
        )
