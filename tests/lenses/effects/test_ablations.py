"""Effects of really ablated filters, of networks that can be run on from a layer and of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.effects.ablations import Ablations
from convatlas.lenses.effects.targets import Scored, Target
from convatlas.network.activations import ablated, consumed
from convatlas.network.trace.layers import record_layers
from support.contexts import CPU


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 3)

    def pooled(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x)).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.pooled(x))


class Counting(Plain):
    """Counts its pictures before the layer, and fails where they become more."""

    def forward(self, x: Tensor) -> Tensor:
        n = len(x)
        return self.head(self.pooled(x).view(n, 8))


class Cutting(Plain):
    """Takes as many as it has counted, so that it takes no notice of more."""

    def forward(self, x: Tensor) -> Tensor:
        n = len(x)
        scores = self.head(self.pooled(x))
        return scores[:n].repeat(-(-len(scores) // n), 1)[: len(scores)]


class First(Target):
    """The first score."""

    def score(self, output: object, images: object) -> Scored:
        assert isinstance(output, Tensor)
        return Scored(output[:, 0], output[:, 0], [None] * len(output))

    def refused(self, study: object) -> str:
        return ""

    def record(self, study: object, shown: object) -> dict[str, object]:  # type: ignore[override]
        return {}


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("kind", [Plain, Counting, Cutting])
def test_they_are_those_of_one_pass_for_each(kind: Callable[[], nn.Module], single: bool) -> None:
    network = kind().eval()
    (layer,), _ = record_layers(network, (3, 9, 9))
    ablations = Ablations(network, First(), 5, CPU, single=single)
    n = ablations.images
    assert n == (1 if single else 2)
    inputs = torch.randn(n, 3, 9, 9)
    baseline = torch.rand(8, dtype=torch.float64)
    pairs = [(place, index) for index in (*range(8), 3) for place in range(n)]
    found = ablations.effects(layer, range(n), inputs, pairs, baseline)
    for (place, index), effect in zip(pairs, found.tolist(), strict=True):
        own = inputs[place : place + 1]
        change = {consumed(layer): (torch.tensor([index]), baseline[index : index + 1])}
        true = ablated(network, own, {})[0, 0] - ablated(network, own, change)[0, 0]
        assert effect == pytest.approx(float(true), abs=1e-5)
    assert found.abs().max() > 0.01
