"""Ties between filters against what changes in a sum if one filter is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer, Tie
from convatlas.network.trace.layers import record_layers

SIZE = 16
Place = tuple[str, int]


class Sum(nn.Module):
    """Where tests can look at a sum."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return first + second


class Padded(nn.Module):
    """As in a ResNet-20: the shortcut is thinned out, and zero channels are put around it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.near, self.far = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 6, 3, 2, 1)
        self.last = nn.Conv2d(6, 6, 1)
        self.sums = nn.ModuleList(Sum() for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(self.sums[0](self.near(x), x))
        x = F.relu(self.sums[1](self.far(x), F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1))))
        return self.sums[2](self.last(x), x)


class Joined(nn.Module):
    """A sum of two concatenations whose parts do not lie over each other, and of a part of one."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 4, 1), nn.Conv2d(3, 3, 1)
        self.d, self.e = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 2, 1)
        self.sums = nn.ModuleList(Sum() for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        left = torch.cat([self.a(x), self.b(x)], 1)
        right = torch.cat([self.c(x), self.d(x).sigmoid()], 1)
        whole = self.sums[0](left, right)
        return self.sums[1](whole.chunk(3, 1)[1] * 2, self.e(x))


class Gated(nn.Module):
    """A gate of one number a channel, norms, and channels that are last for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 2, 2), nn.LayerNorm(4)
        self.deep, self.gate = nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 4, 1)
        self.scale = nn.Parameter(torch.rand(4, 1, 1))
        self.sums = nn.ModuleList([Sum()])

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).permute(0, 2, 3, 1) * 3
        x = F.gelu(x.permute(0, 3, 1, 2))
        y = self.deep(x.permute(0, 2, 3, 1).permute(0, 3, 1, 2))
        return self.sums[0](x, self.scale * (y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()))


def layers_of(network: nn.Module, size: int = SIZE) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network.eval(), (3, size, size))[0]}


def places(layer: Layer) -> Iterator[tuple[Place, Place]]:
    for tie in layer.ties:
        for n in range(tie.filters):
            yield (layer.name, tie.own + n), (tie.layer, tie.other + n)


def together(pairs: Iterator[tuple[Place, Place]]) -> set[frozenset[Place]]:
    """The sets of filters that are tied, directly or by others."""
    sets: dict[Place, set[Place]] = {}
    for first, second in pairs:
        union = sets.get(first, {first}) | sets.get(second, {second})
        for each in union:
            sets[each] = union
    return {frozenset(each) for each in sets.values()}


class Run:
    """A forward pass in which convolutions answer as told, so that nothing passes through them."""

    def __init__(self, network: nn.Module, inputs: Tensor, told: dict[nn.Module, Tensor]) -> None:
        self.told = told
        self.outputs: dict[nn.Module, Tensor] = {}
        hooks = [
            module.register_forward_hook(self.answer)
            for module in network.modules()
            if isinstance(module, Sum | nn.Conv2d)
        ]
        with torch.no_grad():
            network(inputs)
        for hook in hooks:
            hook.remove()

    def answer(self, module: nn.Module, _: Any, output: Tensor) -> Tensor:
        self.outputs[module] = self.told.get(module, output)
        return self.outputs[module]


def truly_tied(network: nn.Module, layers: dict[str, Layer]) -> set[frozenset[Place]]:
    """Filters each of which changes one channel of a sum, and no other, and that the same one."""
    inputs = torch.rand(1, 3, SIZE, SIZE)
    before = Run(network, inputs, {}).outputs
    convolutions = {own: out for own, out in before.items() if isinstance(own, nn.Conv2d)}
    movers: dict[tuple[nn.Module, int], list[Place]] = defaultdict(list)
    for layer in layers.values():
        module = network.get_submodule(layer.module)
        for index in range(layer.filters):
            output = convolutions[module].clone()
            output[:, index] += torch.rand_like(output[:, index]) + 2
            after = Run(network, inputs, {**convolutions, module: output}).outputs
            for own in after.keys() - convolutions.keys():
                moved = (after[own] != before[own]).any(3).any(2)[0].nonzero().flatten().tolist()
                if len(moved) == 1:
                    movers[own, moved[0]].append((layer.name, index))
    return together((found[0], each) for found in movers.values() for each in found[1:])


@pytest.mark.parametrize("kind", [Padded, Joined])
def test_filters_that_change_the_same_channel_of_a_sum_are_tied(
    kind: Callable[[], nn.Module],
) -> None:
    torch.manual_seed(0)
    network = kind().eval()
    layers = layers_of(network)
    found = together(pair for layer in layers.values() for pair in places(layer))
    assert found == truly_tied(network, layers)
    assert len(found) >= 6


def test_a_gate_is_not_tied_to_what_it_gates() -> None:
    layers = layers_of(Gated())
    assert layers["deep"].ties == (Tie("stem", 0, 0, 4),)
    assert not layers["gate"].ties and not layers["stem"].ties


RESNET18 = [
    ("conv1", "layer1.0.conv2", "layer1.1.conv2"),
    *((f"layer{n}.0.conv2", f"layer{n}.0.downsample.0", f"layer{n}.1.conv2") for n in (2, 3, 4)),
]
MOBILENET = [
    tuple(f"features.{n}.conv.2" for n in numbers)
    for numbers in ((2, 3), (4, 5, 6), (7, 8, 9, 10), (11, 12, 13), (14, 15, 16))
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", RESNET18),
        ("mobilenet_v2", MOBILENET),
        ("densenet121", []),
        ("squeezenet1_1", []),
    ],
)
def test_the_streams_of_known_networks(name: str, expected: list[tuple[str, ...]]) -> None:
    layers = layers_of(torchvision.models.get_model(name, weights=None), 64)
    found = together(pair for layer in layers.values() for pair in places(layer))
    tied = {
        frozenset((name, index) for name in names)
        for names in expected
        for index in range(layers[names[0]].filters)
    }
    assert found == tied
