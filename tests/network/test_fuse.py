"""Folding batch norms changes nothing but rounding, and only where it is exact."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch import Tensor, nn

from convatlas.network.fuse import fused
from convatlas.network.responses import respond
from convatlas.network.trace.layers import record_layers


def norms(module: nn.Module) -> int:
    return sum(isinstance(one, nn.BatchNorm2d) for one in module.modules())


def stirred(module: nn.Module) -> nn.Module:
    """With norms that do something, negative scales among it."""
    torch.manual_seed(3)
    for one in module.modules():
        if isinstance(one, nn.BatchNorm2d):
            nn.init.normal_(one.weight)
            nn.init.normal_(one.bias)
            nn.init.normal_(one.running_mean)
            nn.init.uniform_(one.running_var, 0.5, 2.0)
    return module.eval()


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_every_layer_answers_as_before(name: str) -> None:
    torch.manual_seed(0)
    arguments = {"init_weights": False} if name == "googlenet" else {}
    network = stirred(torchvision.models.get_model(name, weights=None, **arguments)).double()
    before, _ = record_layers(network, (3, 64, 64))
    folded = fused(network, before)
    after = {layer.name: layer for layer in record_layers(folded, (3, 64, 64))[0]}
    assert norms(network) > 0
    assert norms(folded) == sum(layer.norm is None or not layer.reached for layer in before)
    pictures = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    for layer in before[:: len(before) // 8]:
        if layer.reached:
            expected = respond(network, layer, pictures)
            got = respond(folded, after[layer.name], pictures)
            torch.testing.assert_close(got, expected, rtol=1e-8, atol=1e-8)


def test_the_network_itself_stays_as_it_is() -> None:
    network = stirred(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert norms(fused(network, record_layers(network, (3, 8, 8))[0])) == 0
    assert norms(network) == 1
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


class Twice(nn.Module):
    """One norm after two convolutions: what fits one does not fit the other."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.second(self.norm(self.first(x))))


def unfixed() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))


def reused() -> nn.Module:
    convolution, norm = nn.Conv2d(3, 3, 3), nn.BatchNorm2d(3)
    return nn.Sequential(convolution, norm, convolution)


def hooked() -> nn.Module:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    network[0].register_forward_hook(lambda module, inputs, output: 2 * output)
    return network


@pytest.mark.parametrize("make", [Twice, unfixed, reused, hooked])
def test_what_cannot_be_folded_exactly_stays(make) -> None:
    network = stirred(make()) if make is not unfixed else make().eval()
    folded = fused(network, record_layers(network, (3, 12, 12))[0])
    assert norms(folded) == norms(network) == 1
    pictures = torch.rand(2, 3, 12, 12)
    torch.testing.assert_close(folded(pictures), network(pictures))
