"""On which sizes of pictures a network takes the path to a layer that it was recorded with."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from convatlas.errors import NetworkError
from convatlas.network.paths import Paths
from convatlas.network.trace.layers import record_layers


class Sized(nn.Module):
    """Large pictures are shrunk, small ones not mixed, tiny ones refused, some left as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.shrink = nn.Conv2d(3, 3, 3, stride=2, padding=1)
        self.mix = nn.Linear(3, 3)
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        side = x.shape[-1]
        if side > 20:
            x = self.shrink(x)
        if side > 12:
            x = self.mix(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = self.first(x)
        if side < 8:
            raise ValueError("too small")
        return self.last(x) if side != 10 else x


@pytest.fixture(scope="module")
def paths() -> Paths:
    torch.manual_seed(0)
    network = Sized().eval()
    return Paths(network, record_layers(network, (3, 24, 24))[0], 3, (24, 24))


@pytest.mark.parametrize("size", [(24, 24), (30, 22), (21, 21)])
def test_the_same_convolutions_are_the_same_path(paths: Paths, size: tuple[int, int]) -> None:
    for name in ("shrink", "mix", "first", "last"):
        paths.check(name, size)


@pytest.mark.parametrize(
    ("name", "side", "reason"),
    [
        ("shrink", 16, "shrink is not reached: on this picture of 16 x 16 pixels"),
        ("mix", 16, "runs other convolutions before the layer than on pictures of 24 x 24"),
        ("first", 16, "runs other convolutions"),
        ("first", 12, "runs other convolutions"),
        ("last", 10, "last is not reached"),
        ("first", 6, "runs other convolutions"),
    ],
)
def test_another_path_is_told(paths: Paths, name: str, side: int, reason: str) -> None:
    with pytest.raises(NetworkError, match=reason):
        paths.check(name, (side, side))


def test_a_layer_behind_a_failure_fails_as_the_network_does(paths: Paths) -> None:
    with pytest.raises(ValueError, match="too small"):
        paths.check("last", (6, 6))
