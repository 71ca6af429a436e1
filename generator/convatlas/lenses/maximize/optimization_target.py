"""What pictures are optimised for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convatlas.lenses.maximize.replays import Replays
from convatlas.model.facts import Layer, Preprocessing
from convatlas.network.device import reproducible
from convatlas.network.paths import Paths
from convatlas.network.responses import respond


@dataclass(frozen=True)
class OptimizationTarget:
    """A layer of a network, in the precision to compute in.

    ``single`` is whether the network is shown one picture at a time; ``paths`` tells on which
    canvases it takes the recorded path; ``replays`` records steps, where the device can.
    """

    module: nn.Module
    layer: Layer
    preprocessing: Preprocessing
    device: torch.device
    precision: torch.dtype
    single: bool = False
    paths: Paths | None = None
    replays: Replays | None = None

    @property
    def reproducible(self) -> bool:
        """Whether equal bytes are promised, so that batches have to keep their size: on a CPU."""
        return reproducible(self.device)

    def respond(self, inputs: Tensor) -> Tensor:
        """Return the layer's responses [n, filters, height, width].

        Raises:
            NetworkError: the network takes another path on such a canvas, or does not answer each
                picture with a map.
        """
        if self.paths is not None:
            height, width = inputs.shape[-2:]
            self.paths.check(self.layer.name, (height, width))
        return respond(self.module, self.layer, inputs, single=self.single)
