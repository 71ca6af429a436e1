"""Copies of the network for optimisation: norms folded in, in each precision that is used."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import torch
from torch import nn

from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize.accelerator_batches import pixels_that_fit
from convatlas.lenses.maximize.cuda_graphs import CudaGraphs
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.precision import agrees, low_precision, slow
from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.lenses.maximize.replays import Replays
from convatlas.model.facts import Layer
from convatlas.network.copying import channels_last, copied, in_precision
from convatlas.network.fuse import fused
from convatlas.network.paths import Paths
from convatlas.network.trace.layers import record_layers

log = logging.getLogger("convatlas.maximize")

FULL = torch.float32


@dataclass
class ModelCopies:
    """Copies of a render context's network, made on demand."""

    context: RenderContext
    modules: dict[torch.dtype, nn.Module] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    paths: Paths = field(init=False)
    told: bool = False  # whether it was told that the network refuses some canvases
    pixels: int = field(init=False)  # of the canvases that an accelerator is expected to hold
    replays: Replays | None = field(init=False)  # of the steps, on a device that can record them

    def __post_init__(self) -> None:
        device = self.context.device
        self.pixels = pixels_that_fit(device)
        self.replays = Replays(CudaGraphs(device)) if device.type == "cuda" else None
        network = self.context.plan.network
        shape = (network.preprocessing.channels, *network.preprocessing.size)
        size = network.preprocessing.size
        self.paths = Paths(self.context.module, network.layers, shape[0], size)
        plain = copied(self.context.module).cpu().requires_grad_(False)
        folded = fused(plain, network.layers)
        # Folding changes the taps of the layers, but must not change their names.
        self.layers = {layer.name: layer for layer in record_layers(folded, shape)[0]}
        if self.layers.keys() != {layer.name for layer in network.layers}:
            folded, self.layers = plain, {layer.name: layer for layer in network.layers}
        self.modules[FULL] = channels_last(folded.to(self.context.device))

    def refused(self, layer: str, reason: str, size: Size) -> None:
        """Tell that a layer's pictures are made at another size; others only on request."""
        level = logging.DEBUG if self.told else logging.WARNING
        log.log(
            level,
            "%s: %s: %s; where it does not, pictures have a size that it takes, here %d x %d",
            self.context.plan.network.name,
            layer,
            reason,
            *size,
        )
        self.told = True

    def remember(self, pictures: int, size: Size) -> None:
        """Keep in mind how many pictures of a size fit into memory, for the next layers."""
        self.pixels = min(self.pixels, pictures * size[0] * size[1])

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
            self.modules[precision] = in_precision(copied(self.modules[FULL]), precision)
        network = self.context.plan.network
        return OptimizationTarget(
            self.modules[precision],
            self.layers[name],
            network.preprocessing,
            self.context.device,
            precision,
            network.single,
            self.paths,
            self.replays,
        )
