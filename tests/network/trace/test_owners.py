"""Convolutions by a function: which module they belong to, what they are called, who has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer
from convatlas.network.trace.layers import record_layers
from support.conv_like_networks import Dynamic, OwnConvolution, own, standardised


def layers_of(network: nn.Module) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network.eval(), (3, 12, 14))[0]}


def weight(filters: int, channels: int, kernel: int = 3) -> nn.Parameter:
    return nn.Parameter(torch.randn(filters, channels, kernel, kernel))


class Free(nn.Module):
    """Parameters, buffers and modules by name, and a forward pass as a function of them."""

    def __init__(self, forward: Callable[[Any, Tensor], Any], **held: Any) -> None:
        super().__init__()
        for name, value in held.items():
            if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)
        self._forward = forward

    def forward(self, x: Tensor) -> Any:
        return self._forward(self, x)


def test_own_convolutions_have_what_torch_s_have() -> None:
    ours, theirs = (layers_of(network) for network in own())
    assert list(ours) == list(theirs) == ["first", "up", "second"]
    for name, layer in ours.items():
        got, expected = asdict(layer), asdict(theirs[name])
        for key in ("kind", "weights", "tap", "upstream_digest"):
            del got[key], expected[key]
        assert got == expected
    assert [layer.kind for layer in ours.values()] == [
        "OwnConvolution",
        "OwnTransposed",
        "OwnConvolution",
    ]
    assert ours["second"].weights == theirs["second"].weights


@pytest.mark.parametrize("padding", ["same", "valid", 2, (1, 2), [3]])
def test_the_geometry_is_that_of_the_call(padding: Any) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        x = F.pad(x, (0, 0, 0, 0, 0, 1))
        return F.conv2d(x, m.weight, None, 1, padding, dilation=(2, 1), groups=2)

    inner = Free(forward, weight=nn.Parameter(torch.randn(6, 2, 3, 5)))
    module = nn.Conv2d(4, 6, (3, 5), dilation=(2, 1), groups=2)
    module.padding = (
        padding
        if isinstance(padding, str)
        else tuple(padding)
        if not isinstance(padding, int)
        else (padding, padding)
    )
    if isinstance(padding, list):
        module.padding = (3, 3)
    if isinstance(padding, str):
        module = nn.Conv2d(4, 6, (3, 5), padding=padding, dilation=(2, 1), groups=2)
    (ours,) = layers_of(nn.Sequential(inner)).values()
    (theirs,) = layers_of(
        nn.Sequential(Free(lambda m, x: m.conv(F.pad(x, (0, 0, 0, 0, 0, 1))), conv=module))
    ).values()
    keys = (
        "filters",
        "channels",
        "kernel",
        "padding",
        "stride",
        "dilation",
        "groups",
        "transposed",
        "map_size",
        "field",
    )
    assert {key: getattr(ours, key) for key in keys} == {key: getattr(theirs, key) for key in keys}


def test_a_module_with_several_weights_names_its_layers_by_them() -> None:
    network = nn.Sequential(
        Free(
            lambda m, x: F.conv2d(F.conv2d(F.conv2d(x, m.depth, groups=3), m.point), m.point),
            depth=weight(3, 1),
            point=weight(3, 3, 1),
        )
    )
    assert list(layers_of(network)) == ["0.depth", "0.point", "0.point@2"]
    assert {layer.module for layer in layers_of(network).values()} == {"0"}


def test_a_weight_of_the_network_itself_is_a_layer_of_its_name() -> None:
    network = Free(
        lambda m, x: F.conv2d(x, m.kernel * m.scale),
        kernel=weight(4, 3),
        scale=nn.Parameter(torch.ones(1)),
    )
    (layer,) = layers_of(network).values()
    assert (layer.name, layer.module) == ("kernel", "")


def test_the_module_that_holds_the_parameter_owns_a_convolution_made_outside_of_it() -> None:
    network = Free(
        lambda m, x: F.conv2d(F.conv2d(x, m.holder.weight), m.conv.weight * 2),
        holder=Free(lambda m, x: x, weight=weight(4, 3)),
        conv=nn.Conv2d(4, 2, 1, bias=False),
    )
    layers = layers_of(network)
    assert list(layers) == ["holder", "conv"]
    assert layers["conv"].kind == "Conv2d"
    assert layers["conv"].reached


def test_tied_weights_belong_to_each_module_that_runs() -> None:
    one = OwnConvolution(3, 3, 3, standardised)
    other = OwnConvolution(3, 3, 3, standardised)
    other.weight = one.weight
    assert list(layers_of(nn.Sequential(one, other, one))) == ["0", "1", "0@2"]


def test_parametrised_and_computed_weights_belong_to_the_module_that_convolves() -> None:
    inner = Free(lambda m, x: F.conv2d(x, m.weight), weight=weight(4, 3))
    nn.utils.parametrizations.weight_norm(inner)
    generated = Free(
        lambda m, x: F.conv2d(x, m.make(m.code).view(2, 4, 1, 1)),
        make=nn.Linear(5, 8),
        code=torch.ones(5),
    )
    layers = layers_of(nn.Sequential(inner, generated))
    assert list(layers) == ["0", "1"]
    assert not any(layer.dynamic for layer in layers.values())


def test_kernels_that_each_picture_computes_are_told() -> None:
    layers = layers_of(Dynamic())
    assert [(layer.name, layer.dynamic) for layer in layers.values()] == [
        ("stem", False),
        ("modulated", True),
        ("last", False),
    ]
    assert (layers["modulated"].filters, layers["modulated"].channels) == (6, 4)


def test_what_has_no_parameter_of_its_own_is_no_layer_and_says_so() -> None:
    blur = Free(lambda m, x: F.conv2d(x, m.kernel, groups=3), kernel=torch.ones(3, 1, 3, 3) / 9)
    template = Free(lambda m, x: F.conv2d(x, x[:, :, :2, :2]))
    pieces = Free(
        lambda m, x: F.conv2d(x.view(3, 1, *x.shape[2:]), m.weight).mean((0, 1)),
        weight=weight(2, 1),
    )
    network = Free(
        lambda m, x: m.pieces(m.blur(m.conv(x))) + m.template(m.conv(x)).mean(),
        conv=nn.Conv2d(3, 3, 1),
        blur=blur,
        template=template,
        pieces=pieces,
    )
    layers, skipped = record_layers(network.eval(), (3, 12, 14))
    assert [layer.name for layer in layers] == ["conv", "conv@2"]
    reasons = dict(skipped)
    assert reasons.keys() == {"blur", "template", "pieces"}
    assert "not a parameter" in reasons["blur"]
    assert "not with one map" in reasons["pieces"]


class Slim(nn.Conv2d):
    """A convolution with the first filters of its weight alone, as in slimmable networks."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight[:2], padding=1)


def test_a_part_of_a_module_s_weight_has_as_many_filters_as_convolve() -> None:
    (layer,) = layers_of(nn.Sequential(Slim(3, 6, 3, padding=1))).values()
    assert (layer.name, layer.kind, layer.filters, layer.channels) == ("0", "Slim", 2, 3)
    assert (layer.padding, layer.map_size) == ((1, 1), (12, 14))


class EqualConv2d(OwnConvolution):
    """A class that is called like a convolution, and was left out for being none of torch's."""


def test_a_class_that_is_called_a_convolution_is_a_layer_if_it_convolves() -> None:
    equal = EqualConv2d(3, 4, 3, lambda weight: weight * 0.3)
    layers, skipped = record_layers(nn.Sequential(equal).eval(), (3, 12, 14))
    assert [(layer.name, layer.kind) for layer in layers] == [("0", "EqualConv2d")]
    assert skipped == ()


def test_complex_weights_are_named_with_the_reason() -> None:
    def absolute(m: Any, x: Tensor) -> Tensor:
        return F.conv2d(x.to(torch.complex64), m.weight).abs()

    inner = Free(absolute, weight=nn.Parameter(torch.randn(4, 3, 3, 3, dtype=torch.complex64)))
    network = nn.Sequential(inner, nn.Conv2d(4, 2, 1))
    layers, skipped = record_layers(network.eval(), (3, 12, 14))
    assert [layer.name for layer in layers] == ["1"]
    assert [name for name, reason in skipped if "complex" in reason] == ["0"]


def test_without_a_graph_own_parameters_are_found_and_linear_layers_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Untraceable(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = OwnConvolution(3, 4, 3, lambda weight: weight)
            self.mix = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            if torch.utils._python_dispatch._get_current_dispatch_mode() is not None:
                raise RuntimeError("not while traced")
            return self.mix(self.first(x).permute(0, 2, 3, 1))

    (layer,) = layers_of(Untraceable()).values()
    assert (layer.name, layer.kind, layer.filters) == ("first", "OwnConvolution", 4)
    assert "cannot be followed" in caplog.text
