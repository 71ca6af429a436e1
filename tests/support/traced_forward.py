"""A small network whose forward pass is given, and what is traced back in it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.network.attribution import Trace
from support.numpy_backward import METHODS, layers_of

Forward = Callable[["Pair", Tensor], Tensor]


class Pair(nn.Module):
    """Two convolutions, and a forward pass that is given."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)
        self.given = forward

    def forward(self, x: Tensor) -> Tensor:
        return self.given(self, x)


def plainly(net: Pair, x: Tensor) -> Tensor:
    out: Tensor = net.b(F.relu(net.a(x)))
    return out


def noise() -> Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(2, 3, 9, 8, dtype=torch.float64, generator=generator)


def trace_of(forward: Forward, inputs: Tensor | None = None) -> Trace:
    network = Pair(forward)
    layers = layers_of(network, 9, 8)
    return Trace(network, layers, noise() if inputs is None else inputs)


def seeds_of(trace: Trace, name: str = "b", count: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(8)
    shape = (count, *trace.responses[name].shape)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def all_of(trace: Trace) -> Tensor:
    return torch.stack([trace.back("b", seeds_of(trace), method) for method in METHODS])
