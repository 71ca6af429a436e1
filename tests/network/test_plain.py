"""Compiled functions and checkpoints run as they are written, and only while a network is run."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils import checkpoint

from convatlas.network.plain import as_written
from convatlas.network.responses import respond
from convatlas.network.trace.layers import record_layers


def never(module: torch.fx.GraphModule, inputs: object) -> object:
    raise AssertionError("something was compiled")


class Fast(nn.Module):
    """A network that calls a compiled function."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
        self.between = torch.compile(lambda x: F.relu(x) * 2, backend=never)

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.between(self.a(x)))


def test_compiled_functions_run_as_python() -> None:
    network = Fast().eval()
    layers, _ = record_layers(network, (3, 9, 9))
    assert [layer.field.size for layer in layers if layer.field] == [(3, 3), (5, 5)]
    x = torch.randn(2, 3, 9, 9)
    with torch.inference_mode():
        found = respond(network, layers[1], x)
        expected = network.b(F.relu(network.a(x)) * 2)
    assert torch.equal(found, expected)


def test_checkpoints_are_as_before_afterwards() -> None:
    usual = checkpoint.CheckpointFunction
    with as_written():
        assert checkpoint.CheckpointFunction is not usual
        assert checkpoint.checkpoint(torch.sin, torch.zeros(2), use_reentrant=True).sum() == 0
    assert checkpoint.CheckpointFunction is usual
