"""Many ablations in one pass against one pass for each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer
from convatlas.network.activations import ablated, consumed
from convatlas.network.onward import apart, onward
from convatlas.network.trace.layers import record_layers


class Residual(nn.Module):
    """In-place rectifiers, batch norms, and an addition in place to what came before the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(True))
        self.first = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.head = nn.Conv2d(6, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x += F.relu(self.first(x))
        return self.head(x).mean((2, 3))


class Joined(nn.Module):
    """Branches that are joined behind the layer, one of them from before it."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3, padding=1)
        self.right = nn.Conv2d(3, 5, 3, padding=1)
        self.gate = nn.Conv2d(3, 9, 1)
        self.head = nn.Conv2d(9, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        both = torch.cat([F.relu(self.left(x)), self.right(x).relu()], dim=1)
        return self.head(both * self.gate(x).mean((2, 3), keepdim=True).sigmoid()).flatten(1)


class Linear(nn.Module):
    """Linear layers on channels-last maps."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 2, stride=2)
        self.wide = nn.Linear(6, 10)
        self.narrow = nn.Linear(10, 6)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.stem(x).permute(0, 2, 3, 1)
        return (maps + self.narrow(F.gelu(self.wide(maps)))).mean((1, 2))


class Counting(nn.Module):
    """Counts its pictures before the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        n = len(x)
        return self.head(F.relu(self.conv(x)).mean((2, 3)).view(n, 4))


def made(kind: Callable[[], nn.Module]) -> tuple[nn.Module, tuple[Layer, ...]]:
    torch.manual_seed(0)
    network = kind().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_mean, module.running_var, module.weight, module.bias):
                assert values is not None
                values.data.uniform_(0.2, 1)
    layers, _ = record_layers(network, (3, 12, 12))
    return network, layers


@pytest.mark.parametrize("kind", [Residual, Joined, Linear])
def test_each_row_is_a_picture_with_its_own_filter_set(kind: Callable[[], nn.Module]) -> None:
    network, layers = made(kind)
    inputs = torch.randn(2, 3, 12, 12)
    plain = network(inputs.clone())
    for layer in layers:
        pairs = [(place, index) for index in range(layer.filters) for place in (1, 0)]
        places, filters = (torch.tensor(each) for each in zip(*pairs, strict=True))
        values = torch.randn(len(pairs))
        changes = torch.arange(2, 2 + len(pairs)), filters, values
        rows = torch.cat([torch.tensor([0, 1]), places])
        found = onward(network, layer, inputs, rows, changes)
        assert torch.allclose(found[:2], plain, atol=1e-5)
        for row, (place, index), value in zip(found[2:], pairs, values, strict=True):
            change = {consumed(layer): (torch.tensor([index]), value[None])}
            alone = ablated(network, inputs[place : place + 1], change)
            assert torch.allclose(row, alone[0], atol=1e-5)


def test_where_there_are_no_rows_it_is_refused() -> None:
    network, (layer,) = made(Counting)
    rows = torch.tensor([0, 1, 0])
    changes = torch.tensor([2]), torch.tensor([0]), torch.tensor([1.0])
    with pytest.raises(RuntimeError, match="shape"):
        onward(network, layer, torch.randn(2, 3, 12, 12), rows, changes)


def test_pictures_are_as_many_as_no_parameter_is_long() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 3, 1))
    assert apart(network, 5) == 5
    assert apart(network, 4) == 2
    assert apart(network, 1) == 1
