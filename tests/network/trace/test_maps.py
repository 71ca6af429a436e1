"""A linear layer on a map is a layer, as the 1x1 convolution that it is; elsewhere it is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer
from convatlas.network.trace.layers import record_layers
from support.conv_like_networks import mixed

SHAPE = (3, 18, 22)


class Applied(nn.Module):
    """A convolution, and a function of it and of a linear layer of twelve inputs."""

    def __init__(self, function: Callable[[Any, Tensor], Tensor], linear: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, padding=1)
        self.linear = linear
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.linear, self.stem(x))


def layers_of(network: nn.Module, shape: tuple[int, int, int] = SHAPE) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network.eval(), shape)[0]}


def test_linear_layers_have_what_the_same_convolutions_have() -> None:
    ours, theirs = (layers_of(network) for network in mixed())
    assert list(ours) == list(theirs)
    differing = {"kind", "weights", "tap", "consumed", "upstream_digest"}
    for name, layer in ours.items():
        got, expected = asdict(layer), asdict(theirs[name])
        if name == "stem":
            assert (layer.activation, theirs[name].activation) == ("linear", "conv2d")
            differing_here = differing | {"activation"}
        else:
            differing_here = differing
        assert {key: value for key, value in got.items() if key not in differing_here} == {
            key: value for key, value in expected.items() if key not in differing_here
        }
    assert [layer.kind for layer in ours.values()].count("Linear") == 4
    assert ours["first.mix"].norm == "norm"
    assert ours["block.right.mix"].units == (("block", 6),)


def windows(x: Tensor, size: int) -> Tensor:
    """Windows of a map [n, h, w, c], as [n * windows, size, size, c]."""
    n, height, width, channels = x.shape
    cut = x.view(n, height // size, size, width // size, size, channels)
    return cut.transpose(2, 3).reshape(-1, size, size, channels)


NO_MAPS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "a vector": lambda m, x: m(x.mean((2, 3))),
    "a vector with two more axes": lambda m, x: m(x.mean((2, 3), keepdim=True).permute(0, 2, 3, 1)),
    "tokens": lambda m, x: m(x.flatten(2).transpose(1, 2)),
    "tokens in a row": lambda m, x: m(x.flatten(2).transpose(1, 2).unsqueeze(1)),
    "rows side by side": lambda m, x: m(x.permute(0, 2, 3, 1).flatten(0, 2)),
    "windows": lambda m, x: m(windows(x.permute(0, 2, 3, 1), 6)),
    "windows of tokens": lambda m, x: m(windows(x.permute(0, 2, 3, 1), 6).flatten(1, 2)[None]),
    "heads": lambda m, x: m(x.unflatten(1, (1, 12)).flatten(3).transpose(2, 3)),
    "the map turned round": lambda m, x: m(x.permute(0, 3, 2, 1)),
    "channels in the middle": lambda m, x: m(x.permute(0, 2, 1, 3)),
    "columns": lambda m, x: m(x),
    "one picture without a batch": lambda m, x: m(x[0].permute(1, 2, 0)),
    "no picture": lambda m, x: m(torch.ones(1, 4, 4, 12)) + x.mean(),
}


@pytest.mark.parametrize("what", NO_MAPS)
def test_on_anything_but_a_map_it_is_no_layer(what: str) -> None:
    layers, skipped = record_layers(Applied(NO_MAPS[what], nn.Linear(12, 5)).eval(), (3, 12, 12))
    assert [layer.name for layer in layers] == ["stem"]
    assert skipped == ()


MAPS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "permuted": lambda m, x: m(x.permute(0, 2, 3, 1)),
    "transposed twice": lambda m, x: m(x.transpose(1, 3).transpose(1, 2)),
    "moved and copied": lambda m, x: m(x.movedim(1, -1).contiguous()),
    "tokens put back": lambda m, x: m(x.flatten(2).transpose(1, 2).unflatten(1, (12, 12))),
    "pooled": lambda m, x: m(F.max_pool2d(x, 4).permute(0, 2, 3, 1)),
    "to a single position": lambda m, x: m(F.avg_pool2d(x, 9, 4).permute(0, 2, 3, 1)),
    "normalised": lambda m, x: m(F.layer_norm(x.permute(0, 2, 3, 1), (12,))),
    "gated": lambda m, x: m((x * x.mean((2, 3), keepdim=True)).permute(0, 2, 3, 1)),
    "shifted": lambda m, x: m(x.permute(0, 2, 3, 1).roll((2, 2), (1, 2))),
    "as a function": lambda m, x: F.linear(x.permute(0, 2, 3, 1), m.weight, bias=m.bias),
}


@pytest.mark.parametrize("what", MAPS)
def test_however_the_channels_got_last(what: str) -> None:
    stem, linear = layers_of(Applied(MAPS[what], nn.Linear(12, 5)), (3, 12, 12)).values()
    assert (linear.name, linear.kind, linear.filters, linear.channels) == (
        "linear",
        "Linear",
        5,
        12,
    )
    assert (linear.kernel, linear.rectified) == ((1, 1), False)
    assert linear.tap is not None
    assert linear.tap.channels_last
    assert linear.field is not None and stem.field is not None
    if what in ("permuted", "transposed twice", "moved and copied", "as a function"):
        assert linear.field == stem.field


@pytest.mark.parametrize("change", [nn.utils.parametrizations.weight_norm, nn.utils.spectral_norm])
def test_a_changed_linear_layer_is_one_too(change: Callable[[nn.Module], nn.Module]) -> None:
    network = Applied(MAPS["permuted"], change(nn.Linear(12, 5)))
    assert list(layers_of(network)) == ["stem", "linear"]


def test_a_linear_layer_that_is_called_twice_is_two_layers() -> None:
    def twice(m: nn.Module, x: Tensor) -> Tensor:
        x = m(F.relu(m(x.permute(0, 2, 3, 1))))
        return m(x.mean((1, 2)))  # a head, which is none

    _, first, second = layers_of(Applied(twice, nn.Linear(12, 12))).values()
    assert (first.name, second.name) == ("linear", "linear@2")
    assert (first.activation, first.rectified, second.rectified) == ("relu", True, False)


def test_a_batch_norm_counts_after_the_channels_are_first_again() -> None:
    norm = nn.BatchNorm2d(5).eval()

    def normed(m: nn.Module, x: Tensor) -> Tensor:
        return F.relu(norm(m(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).contiguous()))

    def added(m: nn.Module, x: Tensor) -> Tensor:
        answer = m(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return norm(answer) + answer

    def turned(m: nn.Module, x: Tensor) -> Tensor:
        return norm(m(x.permute(0, 2, 3, 1)).permute(0, 3, 2, 1))

    for function, activation, counts in (
        (normed, "relu", True),
        (added, "batch_norm", False),
        (turned, "batch_norm", False),
    ):
        network = Applied(function, nn.Linear(12, 5))
        network.norm = norm
        linear = layers_of(network)["linear"]
        assert linear.tap is not None
        told = (linear.norm, linear.tap.channels_last)
        assert told == (("norm", False) if counts else (None, True))
        assert linear.activation == activation


def test_units_are_counted_where_channels_are_last() -> None:
    class Block(Applied):
        pass

    def joined(m: nn.Module, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return torch.cat([x, F.gelu(m(x))], dim=-1).permute(0, 3, 1, 2)

    network = nn.Sequential(Block(joined, nn.Linear(12, 5)), nn.Conv2d(17, 2, 1))
    layers = layers_of(network)
    assert layers["0.linear"].units == (("0", 12),)
    assert layers["0.stem"].units == (("0", 0),)


def test_convnext_and_swin() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        convnext = torchvision.models.convnext_tiny(weights=None)
        swin = torchvision.models.swin_t(weights=None)
    layers = layers_of(convnext, (3, 64, 64))
    linear = [layer for layer in layers.values() if layer.kind == "Linear"]
    assert (len(layers), len(linear), sum(layer.filters for layer in linear)) == (58, 36, 33_120)
    assert "classifier.2" not in layers
    names = [
        layer.name for layer in layers_of(swin, (3, 64, 64)).values() if layer.kind == "Linear"
    ]
    assert all(".mlp." in name or name.endswith("reduction") for name in names)
    assert len(names) == 27
