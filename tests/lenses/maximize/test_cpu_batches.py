"""How many pictures are optimised together on a CPU."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convatlas.lenses.maximize.cpu_batches import FEWEST, multiplications, slots
from convatlas.network.trace.layers import record_layers
from support.maximizing import how

DEARER = [0, 1e3, 1e6, 1e7, 1e8, 1e9, 1e12]


def of(filters: int = 512, cost: float = 0.0, attempt: int = 0, low: bool = False, **by) -> int:
    return slots(how(**by), attempt, filters, cost, torch.bfloat16 if low else torch.float32)


@pytest.mark.parametrize("members", [1, 2, 3, 5])
@pytest.mark.parametrize("filters", [1, 7, 64, 513])
def test_batches_hold_whole_groups_and_are_not_much_larger_than_the_layer(members, filters) -> None:
    for size in ((3, 3), (96, 96), (500, 500)):
        for cost in DEARER:
            for attempt in (0, 1):
                count = of(filters, cost, attempt, size=size, members=members)
                assert count % members == 0
                assert members <= count <= max(64, members) + members
                assert count < filters * members + members


def test_the_dearer_a_picture_the_fewer_are_together() -> None:
    counts = [of(cost=cost, size=(3, 3)) for cost in DEARER]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 64
    assert counts[-1] == FEWEST


def test_low_precision_takes_more_together() -> None:
    assert of(cost=1e7, size=(32, 32), low=True) > of(cost=1e7, size=(32, 32))


def test_large_pictures_are_few_and_so_are_further_attempts() -> None:
    assert of(size=(96, 96)) > of(size=(224, 224))
    assert of(size=(3, 3), attempt=1) <= 8


class Branches(nn.Module):
    """A grouped convolution and a strided one, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
        self.second = nn.Conv2d(6, 5, (1, 3), padding=(0, 1))
        self.third = nn.Conv2d(5, 2, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.third(self.second(self.first(inputs)))
        return found


def test_multiplications_are_those_that_torch_counts() -> None:
    network = Branches().eval()
    layers, _ = record_layers(network, (4, 16, 16))
    for size in (16, 32):
        counted = []
        for module in (network.first, network.second, network.third):
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                network(torch.zeros(1, 4, size, size))
            per_module = counter.get_flop_counts()
            name = next(key for key in per_module if key.endswith(_name(network, module)))
            counted.append(sum(per_module[name].values()) / 2)
        for number, layer in enumerate(("first", "second", "third")):
            expected = sum(counted[: number + 1])
            assert multiplications(layers, layer, (16, 16), (size, size)) == expected


def _name(network: nn.Module, module: nn.Module) -> str:
    return "." + next(name for name, each in network.named_modules() if each is module)
