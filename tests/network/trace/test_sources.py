"""Which filters the inputs of layers are, in networks where it is known."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer, Source
from convatlas.network.trace.layers import record_layers


def layers_of(network: nn.Module, size: int = 32) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network.eval(), (3, size, size))[0]}


class Joined(nn.Module):
    """Concatenations one in the other, pooled, resized and partly cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.near, self.far = nn.Conv2d(4, 2, 1), nn.Conv2d(4, 3, 3, padding=1)
        self.last, self.part = nn.Conv2d(9, 2, 1), nn.ConvTranspose2d(3, 2, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.stem(x)), 2)
        inner = torch.cat([F.relu(self.near(x)), F.avg_pool2d(self.far(x), 3, 1, 1)], 1)
        both = torch.cat([x, F.interpolate(inner, scale_factor=1.0, mode="nearest")], 1)
        return self.last(both) + F.max_pool2d(self.part(both[:, 3:6]), 2)


class Residual(nn.Module):
    """A stream with three writers, and a gate computed by convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.a, self.b = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 1)
        self.squeeze, self.excite = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1)
        self.last = nn.Conv2d(4, 5, 1, groups=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(x + self.a(x))
        y = F.silu(self.b(x))
        gate = self.excite(F.relu(self.squeeze(y.mean((2, 3), keepdim=True)))).sigmoid()
        return self.last(F.relu(x + y * gate))


class Mixed(nn.Module):
    """A linear mixture of channels, after which no channel is a single filter."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix, self.last = nn.Conv2d(3, 4, 1), nn.Linear(32, 32), nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.last(torch.einsum("nchw,cd->ndhw", x, torch.ones(4, 4)))


def test_concatenations_pooling_and_slices() -> None:
    layers = layers_of(Joined())
    assert layers["stem"].sources == ()
    assert layers["near"].sources == (Source("stem", 0, 0, 4),)
    assert layers["last"].sources == (
        Source("stem", 0, 0, 4),
        Source("near", 4, 0, 2),
        Source("far", 6, 0, 3),
    )
    assert layers["part"].sources == (Source("stem", 0, 3, 1), Source("near", 1, 0, 2))


def test_all_writers_of_a_stream_and_the_gate_that_is_held() -> None:
    layers = layers_of(Residual())
    assert layers["b"].sources == (Source("stem", 0, 0, 4), Source("a", 0, 0, 4))
    assert layers["squeeze"].sources == (Source("b", 0, 0, 4),)
    assert layers["excite"].sources == (Source("squeeze", 0, 0, 2),)
    assert [each.layer for each in layers["last"].sources] == ["stem", "a", "b"]


def test_a_mixture_of_channels_has_no_source() -> None:
    assert layers_of(Mixed())["last"].sources == ()


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18", "mobilenet_v3_small"])
def test_all_channels_but_the_pictures_have_sources(name: str) -> None:
    layers = layers_of(getattr(torchvision.models, name)(), 64)
    first, *others = layers.values()
    assert not first.sources
    for layer in others:
        known = {s.channel + i for s in layer.sources for i in range(s.filters)}
        assert known == set(range(layer.channels)), layer.name
        assert all(s.filter + s.filters <= layers[s.layer].filters for s in layer.sources)


@pytest.mark.parametrize("shuffle", [nn.ChannelShuffle(3), None], ids=["a module", "by hand"])
def test_shuffled_channels_are_followed(shuffle: nn.Module | None) -> None:
    class Shuffled(nn.Module):
        """Three groups of four channels, taken in turn; half of them go past the next layer."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 12, 1), nn.Conv2d(6, 6, 1)
            self.last = nn.Conv2d(12, 2, 1)

        def shuffled(self, x: Tensor) -> Tensor:
            n, c, h, w = x.shape
            if shuffle is not None:
                return torch.as_tensor(shuffle(x))
            return x.view(n, 3, c // 3, h, w).transpose(1, 2).contiguous().view(n, c, h, w)

        def forward(self, x: Tensor) -> Tensor:
            left, right = self.shuffled(F.relu(self.first(x))).chunk(2, 1)
            return self.last(self.shuffled(torch.cat([left, F.relu(self.second(right))], 1)))

    layers = layers_of(Shuffled())
    marks = torch.arange(12.0).view(1, 12, 1, 1)
    order = nn.ChannelShuffle(3)(marks).flatten().int().tolist()
    second = {each.channel: each.filter for each in layers["second"].sources}
    assert second == dict(enumerate(order[6:]))
    last = {each.channel: (each.layer, each.filter) for each in layers["last"].sources}
    read = [("first", each) for each in order[:6]] + [("second", each) for each in range(6)]
    assert last == {channel: read[place] for channel, place in enumerate(order)}


def test_channels_of_shufflenet_are_followed() -> None:
    network = torchvision.models.shufflenet_v2_x0_5(weights=None)
    for layer in list(layers_of(network, 64).values())[1:]:
        channels = [each.channel + place for each in layer.sources for place in range(each.filters)]
        assert sorted(channels) == list(range(layer.channels)), layer.name
