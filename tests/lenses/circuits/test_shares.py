"""Shares of a response's variance against the maps that each input channel contributes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from convatlas.lenses.circuits.shares import ShareTotals
from convatlas.network.hops import Edge, hop, norms
from convatlas.network.trace.layers import record_layers

CONVOLUTIONS = {
    "plain": lambda: nn.Conv2d(6, 8, 3, 2, 1),
    "dilated": lambda: nn.Conv2d(6, 8, (3, 2), padding="same", dilation=2),
    "grouped": lambda: nn.Conv2d(6, 8, 3, groups=2),
    "depthwise": lambda: nn.Conv2d(6, 12, 3, 2, 1, groups=6),
    "dilated depthwise": lambda: nn.Conv2d(6, 6, (2, 3), padding=(1, 2), dilation=2, groups=6),
    "transposed": lambda: nn.ConvTranspose2d(6, 8, 3, 2, 1, output_padding=1, groups=2),
}


@torch.no_grad()
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_shares_are_covariances_with_what_each_channel_contributes(name: str) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), CONVOLUTIONS[name]()).double().eval()
    layers = record_layers(net, (3, 13, 12))[0]
    pictures = torch.randn(7, 3, 13, 12, dtype=torch.float64)
    totals = ShareTotals()

    def receive(layer: object, edge: Edge) -> None:
        if layer == layers[1]:
            totals.add(edge)

    known = norms(net, layers, pictures[:1])
    for part in pictures.split(3):
        hop(net, layers, part, known, {}, receive)
    given = net[:2](pictures)
    response = net(pictures)
    assert totals.mean.tolist() == pytest.approx(response.mean((0, 2, 3)).tolist())
    shares = totals.shares()
    assert shares.sum(1).tolist() == pytest.approx([1] * len(shares))
    groups = net[2].groups
    for channel in range(6):
        alone = torch.zeros_like(given)
        alone[:, channel] = given[:, channel]
        part = net[2](alone) - net[2](torch.zeros_like(given))
        expected = covariance(part, response) / covariance(response, response)
        group, place = divmod(channel, 6 // groups)
        rows = slice(group * len(shares) // groups, (group + 1) * len(shares) // groups)
        assert shares[rows, place].tolist() == pytest.approx(expected[rows].tolist(), abs=1e-9)


def covariance(first: Tensor, second: Tensor) -> Tensor:
    """The covariance over all positions of all pictures [filters]."""
    dims = (0, 2, 3)
    apart = second - second.mean(dims, keepdim=True)
    return ((first - first.mean(dims, keepdim=True)) * apart).mean(dims)
