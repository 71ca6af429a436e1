"""Layers of hand-made networks: what is found, what is called what, what it depends on."""

from __future__ import annotations

import copy
import json
import logging
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
import torch
import torchvision
from pydantic import TypeAdapter
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune
from torchvision.ops import FrozenBatchNorm2d

from convatlas.errors import NetworkError
from convatlas.model.facts import Layer, Tap
from convatlas.model.records import plain
from convatlas.network.fingerprints import tensor_digest
from convatlas.network.trace.layers import record_layers


class Forward(nn.Module):
    """Modules by name, and a forward pass written as a function of them and the input."""

    def __init__(self, forward: Callable[[Any, Tensor], Any], **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._forward = forward

    def forward(self, x: Tensor) -> Any:
        return self._forward(self, x)


def conv(channels: int = 3, filters: int = 3, kernel: int = 3, **options: Any) -> nn.Conv2d:
    return nn.Conv2d(channels, filters, kernel, **{"padding": kernel // 2, **options})


def layers_of(network: nn.Module, shape: tuple[int, int, int] = (3, 9, 9)) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network, shape)[0]}


def only(network: nn.Module, shape: tuple[int, int, int] = (3, 9, 9)) -> Layer:
    (layer,) = layers_of(network, shape).values()
    return layer


def test_geometry_in_execution_order() -> None:
    network = Forward(
        lambda m, x: m.last(m.middle(m.first(x))),
        last=nn.ConvTranspose2d(4, 2, (2, 4), stride=(2, 1), padding=(0, 1)),
        first=conv(1, 6, dilation=2, padding="same"),
        middle=conv(6, 4, groups=2, stride=2, padding=0),
    )
    first, middle, last = layers_of(network, (1, 11, 14)).values()
    assert [first.name, middle.name, last.name] == ["first", "middle", "last"]
    assert (first.map_size, middle.map_size, last.map_size) == ((11, 14), (5, 6), (10, 7))
    assert (first.padding, first.dilation, first.channels, first.filters) == ((2, 2), (2, 2), 1, 6)
    assert (middle.groups, middle.stride, middle.channels) == (2, (2, 2), 6)
    assert (last.kind, last.transposed, last.kernel) == ("ConvTranspose2d", True, (2, 4))
    assert last.weights == tensor_digest(network.last.weight)


ACTIVATIONS: list[tuple[Callable[[Tensor], Any], str | None, bool]] = [
    (functional.relu, "relu", True),
    (lambda x: x.relu_(), "relu", True),
    (nn.ReLU(inplace=True), "relu", True),
    (nn.ReLU6(inplace=True), "relu6", True),
    (functional.relu6, "relu6", True),
    (nn.Hardtanh(0, 2), "hardtanh", True),
    (nn.Hardtanh(-1, 1), "hardtanh", False),
    (nn.Threshold(0, 0), "threshold", True),
    (nn.Threshold(0.1, 0), "threshold", False),
    (lambda x: x.clamp(min=0), "clamp", True),
    (lambda x: x.clamp(min=-1), "clamp", False),
    (lambda x: torch.clamp_min(x, 0), "clamp_min", True),
    (nn.SiLU(), "silu", False),
    (nn.GELU(), "gelu", False),
    (nn.Hardswish(inplace=True), "hardswish", False),
    (nn.LeakyReLU(), "leaky_relu", False),
    (nn.PReLU(), "prelu", False),
    (torch.sigmoid, "sigmoid", False),
    (nn.MaxPool2d(2), "max_pool2d", False),
    (lambda x: functional.relu(functional.max_pool2d(x, 2)), "max_pool2d", True),
    (lambda x: x + 1, "add", False),
    (lambda x: 1 - x, "sub", False),
    (lambda x: torch.cat([x, x]), "cat", False),
    (lambda x: functional.relu(x) + x, "relu", False),
    (lambda x: (functional.relu(x), x.relu()), "relu", True),
    (lambda x: functional.relu(functional.dropout(x, training=False)), "relu", True),
    (lambda x: functional.relu(x.flatten(1)), "relu", True),
    (lambda x: functional.relu(x.contiguous().clone()), "relu", True),
    (lambda x: {"out": [x]}, None, False),
]


@pytest.mark.parametrize(("after", "name", "rectified"), ACTIVATIONS)
def test_what_is_applied_next(
    after: Callable[[Tensor], Any], name: str | None, rectified: bool
) -> None:
    layer = only(Forward(lambda m, x: after(m.conv(x)), conv=conv()))
    assert (layer.activation, layer.rectified) == (name, rectified)


class BatchNormAct2d(nn.BatchNorm2d):
    """A batch norm that ends in an activation, as in timm."""

    def forward(self, x: Tensor) -> Tensor:
        x = functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.1, self.eps
        )
        return functional.relu_(x)


class FrozenBatchNormAct2d(FrozenBatchNorm2d):
    """The same with constants."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu_(super().forward(x))


@pytest.mark.parametrize(
    ("norm", "function", "activation"),
    [
        (nn.BatchNorm2d(3), "batch_norm", "relu"),
        (nn.SyncBatchNorm(3), "batch_norm", "relu"),
        (nn.BatchNorm2d(3, track_running_stats=False), "batch_norm", "relu"),
        (FrozenBatchNorm2d(3), "add", "relu"),
        (BatchNormAct2d(3), "batch_norm", "relu"),
        (FrozenBatchNormAct2d(3), "add", "relu"),
        (nn.GroupNorm(1, 3), None, "group_norm"),
        (nn.InstanceNorm2d(3), None, "instance_norm"),
    ],
)
def test_the_batch_norm_that_follows_is_part_of_the_response(
    norm: nn.Module, function: str | None, activation: str
) -> None:
    network = Forward(lambda m, x: functional.relu(m.norm(m.conv(x))), conv=conv(), norm=norm)
    layer = only(network)
    assert layer.tap is not None
    assert (layer.tap.norm[-1][0] if function else layer.tap.norm) == (function or ())
    assert layer.tap.function == "conv2d"
    assert layer.norm == (None if function is None else "norm")
    assert layer.activation == activation


def test_a_functional_batch_norm_is_named_after_its_module() -> None:
    def norm(x: Tensor) -> Tensor:
        return functional.batch_norm(x, torch.zeros(3), torch.ones(3))

    block = Forward(lambda m, x: norm(m.conv(x)), conv=conv())
    layer = only(Forward(lambda m, x: m.block(x), block=block))
    assert layer.norm == "block"
    assert layer.tap == Tap(
        "conv2d", "block.conv", "block.conv.weight", 0, (("batch_norm", "block", ""),)
    )


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.norm(y := m.conv(x)) + y,
        lambda m, x: m.norm(functional.relu(m.conv(x))),
        lambda m, x: m.norm(m.conv(x) + x),
        lambda m, x: (m.norm(y := m.conv(x)), y.mean()),
    ],
)
def test_a_batch_norm_that_does_not_directly_follow_is_not(
    forward: Callable[[Any, Tensor], Any],
) -> None:
    layer = only(Forward(forward, conv=conv(), norm=nn.BatchNorm2d(3)))
    assert (layer.norm, layer.tap) == (None, Tap("conv2d", "conv", "conv.weight", 0))


def test_a_module_called_twice_is_two_layers() -> None:
    network = Forward(
        lambda m, x: m.norm(m.conv(functional.relu(m.conv(x)))),
        conv=conv(),
        norm=nn.BatchNorm2d(3),
    )
    first, second = layers_of(network).values()
    assert (first.name, second.name, second.module) == ("conv", "conv@2", "conv")
    norm = ("batch_norm", "norm", "norm.weight")
    assert first.tap == Tap("conv2d", "conv", "conv.weight", 0)
    assert second.tap == Tap("conv2d", "conv", "conv.weight", 1, (norm,))
    assert (first.norm, second.norm) == (None, "norm")
    assert first.weights == second.weights
    assert first.upstream_digest != second.upstream_digest
    assert first.field is not None and second.field is not None
    assert (first.field.size, second.field.size) == ((3, 3), (5, 5))


def test_unreached_convolutions_come_last_with_kernels_only() -> None:
    network = Forward(lambda m, x: m.conv(x), aux=conv(), conv=conv())
    conv_, aux = layers_of(network).values()
    assert (conv_.name, conv_.reached) == ("conv", True)
    assert (aux.name, aux.reached, aux.tap, aux.map_size, aux.field) == (
        "aux",
        False,
        None,
        None,
        None,
    )
    assert aux.weights == tensor_digest(network.aux.weight)


def test_convolutions_of_other_dimensions_are_skipped_with_a_reason() -> None:
    network = Forward(
        lambda m, x: m.conv(x),
        conv=conv(),
        line=nn.Conv1d(1, 1, 1),
        solid=nn.ConvTranspose3d(1, 1, 1),
        lazy=nn.LazyConv2d(1, 1),
    )
    layers, skipped = record_layers(network, (3, 9, 9))
    assert [layer.name for layer in layers] == ["conv"]
    assert dict(skipped).keys() == {"line", "solid", "lazy"}
    assert "Conv1d" in dict(skipped)["line"]


def test_a_lazy_module_that_is_reached_is_an_error_and_stays_lazy() -> None:
    network = Forward(lambda m, x: m.lazy(x), lazy=nn.LazyConv2d(1, 1))
    with pytest.raises(NetworkError, match="'lazy'"):
        record_layers(network, (3, 9, 9))
    assert network.lazy.has_uninitialized_params()


class Standardised(nn.Conv2d):
    """A convolution that changes its weight before use."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return functional.conv2d(x, weight, self.bias, padding=1)


class Activated(nn.Conv2d):
    """A convolution that ends in an activation."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu_(super().forward(x))


class Unfolded(nn.Conv2d):
    """A convolution computed in another way."""

    def forward(self, x: Tensor) -> Tensor:
        patches = functional.unfold(x, 3, padding=1)
        return torch.matmul(self.weight.flatten(1), patches).unflatten(2, x.shape[2:])


class Adapted(nn.Conv2d):
    """A convolution with a low-rank correction, which is computed last."""

    def __init__(self, channels: int, filters: int, kernel: int) -> None:
        super().__init__(channels, filters, kernel, padding=1)
        self.down = nn.Parameter(torch.ones(1, channels, kernel, kernel))
        self.up = nn.Parameter(torch.ones(filters, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        low = functional.conv2d(functional.conv2d(x, self.down, padding=1), self.up)
        return super().forward(x) + low


def old_weight_norm(module: nn.Module) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, but still about
        return nn.utils.weight_norm(module)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("module", "parameter"),
    [
        (Standardised(3, 4, 3), "weight"),
        (Activated(3, 4, 3, padding=1), "weight"),
        (Unfolded(3, 4, 3), ""),
        (Adapted(3, 4, 3), "weight"),
        (parametrizations.weight_norm(conv(3, 4)), "parametrizations.weight.original1"),
        (parametrizations.spectral_norm(conv(3, 4)), "parametrizations.weight.original"),
        (parametrizations.orthogonal(conv(3, 4)), "parametrizations.weight.original"),
        (nn.utils.spectral_norm(conv(3, 4)), "weight_orig"),
        (prune.l1_unstructured(conv(3, 4), "weight", 0.5), "weight_orig"),
        (old_weight_norm(conv(3, 4)), "weight_v"),
    ],
)
def test_subclasses_and_parametrised_convolutions(module: nn.Module, parameter: str) -> None:
    layer = only(Forward(lambda m, x: m.conv(x), conv=module))
    function = "conv2d" if parameter else ""
    assert layer.tap == Tap(function, "conv", parameter and f"conv.{parameter}", 0)
    assert (layer.map_size, layer.filters) == ((9, 9), 4)


def test_convolutions_called_past_their_module_are_found() -> None:
    network = Forward(
        lambda m, x: functional.conv2d(m.first.forward(x), m.second.weight),
        first=conv(),
        second=conv(),
    )
    first, second = layers_of(network).values()
    assert (first.name, second.name) == ("first", "second")
    assert first.tap == Tap("conv2d", "", "first.weight", 0)
    assert second.tap == Tap("conv2d", "", "second.weight", 0)


def test_a_convolution_of_many_pieces_of_a_picture_has_kernels_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = Forward(lambda m, x: m.conv(x.view(3, 1, 9, 9)), conv=conv(1))
    with caplog.at_level(logging.WARNING, "convatlas.network"):
        layer = only(network)
    assert not layer.reached
    assert "conv" in caplog.text


def branching(m: Any, x: Tensor) -> Any:
    """Control flow that depends on the values, which tracing cannot follow."""
    for _ in range(int(x.abs().sum().ceil().item() > 0) + 1):
        x = m.conv(x)
        if x.mean() > 1000:
            x = m.other(x)
    return {"out": x, "sizes": [x.shape]}


def test_networks_that_cannot_be_traced() -> None:
    first, second, other = layers_of(Forward(branching, conv=conv(), other=conv())).values()
    assert (first.name, second.name, other.reached) == ("conv", "conv@2", False)
    assert second.field is not None
    assert second.field.size == (5, 5)


def test_compiled_convolutions_are_skipped_and_the_others_found() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, but still about
        compiled = torch.jit.script(nn.Sequential(conv()))
    network = Forward(lambda m, x: m.after(m.compiled(x)), compiled=compiled, after=conv())
    layers, skipped = record_layers(network, (3, 9, 9))
    assert [layer.name for layer in layers] == ["after"]
    assert "TorchScript" in dict(skipped)["compiled.0"]
    assert layers[0].field is not None
    assert layers[0].field.size == (5, 5)


def test_networks_that_run_in_inference_mode() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        with torch.inference_mode():
            return functional.relu(m.norm(m.conv(x)))

    layer = only(Forward(forward, conv=conv(), norm=nn.BatchNorm2d(3)))
    assert (layer.norm, layer.activation) == ("norm", "relu")
    assert layer.field is not None
    assert layer.field.size == (3, 3)


def test_values_that_take_a_way_round_torch_may_come_from_everywhere() -> None:
    layer = only(Forward(lambda m, x: m.conv(torch.from_numpy(x.numpy() * 2)), conv=conv()))
    assert layer.field is not None
    assert layer.field.size is None


def stem_and_head() -> Forward:
    def forward(m: Any, x: Tensor) -> Tensor:
        x = functional.relu(m.norm(m.stem(x)), inplace=True)
        x = m.body(x) + m.shift
        return m.head(x.mean((2, 3)))  # type: ignore[no-any-return]

    torch.manual_seed(0)
    network = Forward(
        forward,
        stem=conv(3, 4),
        norm=nn.BatchNorm2d(4),
        body=conv(4, 4),
        head=nn.Linear(4, 2),
    )
    network.register_buffer("shift", torch.ones(1))
    return network


@pytest.mark.parametrize(
    ("tensor", "changed"),
    [
        ("stem.weight", {"stem", "body"}),
        ("norm.running_mean", {"stem", "body"}),
        ("norm.num_batches_tracked", set()),
        ("body.bias", {"body"}),
        ("shift", set()),
        ("head.weight", set()),
    ],
)
def test_ancestors_change_with_what_is_upstream_alone(tensor: str, changed: set[str]) -> None:
    network = stem_and_head()
    before = layers_of(network)
    with torch.no_grad():
        network.state_dict()[tensor].add_(1)
    after = layers_of(network)
    differ = {
        name for name in before if before[name].upstream_digest != after[name].upstream_digest
    }
    assert differ == changed


def test_ancestors_are_the_same_for_copies_names_and_another_head() -> None:
    network = stem_and_head()
    ancestors = [layer.upstream_digest for layer in layers_of(network).values()]
    clone = copy.deepcopy(network)
    clone.head = nn.Linear(4, 10)
    wrapped = Forward(lambda m, x: m.inner(x), inner=clone)
    assert [layer.upstream_digest for layer in layers_of(wrapped).values()] == ancestors
    assert [layer.upstream_digest for layer in layers_of(network.train()).values()] == ancestors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: functional.leaky_relu(x, 0.1), lambda x: functional.leaky_relu(x, 0.2)),
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x: x * torch.tensor([1.0]), lambda x: x * torch.tensor([2.0])),
        (lambda x: x.chunk(3, 1)[0].expand_as(x), lambda x: x.chunk(3, 1)[1].expand_as(x)),
        (lambda x: x, lambda x: overwritten(x, 0)),
        (lambda x: overwritten(x, 0), lambda x: overwritten(x, 1)),
    ],
)
def test_ancestors_cover_operations_and_their_arguments(
    one: Callable[[Tensor], Tensor], other: Callable[[Tensor], Tensor]
) -> None:
    second = conv()
    digests = {
        only(Forward(lambda m, x, between=between: m.conv(between(x)), conv=second)).upstream_digest
        for between in (one, other)
    }
    assert len(digests) == 2


def test_in_place_and_not_are_the_same_to_ancestors() -> None:
    second = conv()
    digests = {
        only(Forward(lambda m, x, act=act: m.conv(act(x + 1)), conv=second)).upstream_digest
        for act in (functional.relu, functional.relu_, torch.relu, Tensor.relu_)
    }
    assert len(digests) == 1


def overwritten(x: Tensor, channel: int) -> Tensor:
    """A copy, one channel of which is written through a view."""
    x = x.clone()
    x[:, channel].zero_()
    return x


def test_the_network_is_left_as_it_was_found() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = conv()
            self.frozen = nn.BatchNorm2d(3).eval()
            self.register_buffer("calls", torch.zeros(1))
            self.register_buffer("replaced", torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            self.replaced = self.replaced + 1
            return self.frozen(self.conv(x)) + torch.rand(1)  # type: ignore[no-any-return]

    network = Counting().train()
    network.frozen.eval()
    network.conv.weight.requires_grad_(False)
    state = copy.deepcopy(network.state_dict())
    modes = [module.training for module in network.modules()]
    random = torch.get_rng_state()
    record_layers(network, (3, 9, 9))
    assert all(torch.equal(state[name], value) for name, value in network.state_dict().items())
    assert modes == [module.training for module in network.modules()]
    assert torch.equal(random, torch.get_rng_state())
    assert not network.conv.weight.requires_grad and network.conv.bias is not None
    assert network.conv.bias.requires_grad and network.conv.bias.grad is None
    hooks = torch.nn.modules.module
    assert not hooks._global_forward_hooks and not hooks._global_forward_pre_hooks


def test_a_network_that_does_not_run_says_why_and_what_to_set() -> None:
    with pytest.raises(NetworkError, match=r"1 channels and 9 x 7 pixels.*input: \{channels: 3"):
        record_layers(Forward(lambda m, x: m.conv(x), conv=conv()), (1, 9, 7))
    hooks = torch.nn.modules.module
    assert not hooks._global_forward_hooks and not hooks._global_forward_pre_hooks


def test_a_network_that_cannot_be_followed_falls_back(caplog: pytest.LogCaptureFixture) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        torch.nested.as_nested_tensor([x[0, 0, 0]], layout=torch.jagged)
        return m.conv(x)  # type: ignore[no-any-return]

    network = Forward(forward, conv=conv(), norm=nn.BatchNorm2d(3))
    with caplog.at_level(logging.WARNING, "convatlas.network"):
        layers, _ = record_layers(network, (3, 9, 7), source_digest="code")
        other, _ = record_layers(network, (3, 9, 7), source_digest="other code")
    (layer,) = layers
    assert "cannot be followed" in caplog.text
    assert layer.tap == Tap("conv2d", "conv", "conv.weight", 0)
    assert layer.map_size == (9, 7)
    assert layer.field is not None
    assert layer.field == layer.local_field
    assert (layer.field.size, set(layer.field.columns)) == (None, {(0, 7)})
    assert layer.upstream_digest != other[0].upstream_digest
    network.norm.running_mean += 1
    changed, _ = record_layers(network, (3, 9, 7), source_digest="code")
    assert changed[0].upstream_digest != layer.upstream_digest


def test_double_precision_and_bfloat16_networks_are_recorded_in_their_own_type() -> None:
    for dtype in (torch.float64, torch.bfloat16):
        assert only(Forward(lambda m, x: m.conv(x), conv=conv()).to(dtype)).map_size == (9, 9)


def keeps(m: Any, x: Tensor) -> Tensor:
    """A concatenation of four parts, by four ways that keep channels."""
    first = functional.relu_(m.norm(m.first(x)))
    second = functional.dropout(functional.hardswish(m.second(x)), 0.5, m.training).clone()
    pooled = functional.avg_pool2d(functional.max_pool2d(m.third(x), 3, 1, 1), 3, 1, 1)
    fourth = functional.interpolate(functional.prelu(m.fourth(x)[:, :], m.slope), scale_factor=1)
    return functional.relu_(torch.cat((x, second, first, pooled, fourth), -3))


def block(forward: Callable[[Any, Tensor], Any], **others: nn.Module) -> Forward:
    """A network whose ``block`` has convolutions of 4, 5, 6 and 7 filters."""
    inner = Forward(
        forward,
        **{"first": conv(3, 4), "second": conv(3, 5), "third": conv(3, 6), "fourth": conv(3, 7)},
        norm=nn.BatchNorm2d(4),
        **others,
    )
    inner.register_parameter("slope", nn.Parameter(torch.full((7,), 0.25)))
    return Forward(lambda m, x: m.block(x), block=inner)


def units_of(network: nn.Module) -> dict[str, tuple[tuple[str, int], ...]]:
    """The units of each layer that has some, by the last part of its name."""
    found = layers_of(network).values()
    return {layer.name.rpartition(".")[2]: layer.units for layer in found if layer.units}


def test_units_are_counted_through_what_keeps_channels() -> None:
    assert units_of(block(keeps)) == {
        "first": (("block", 8),),
        "second": (("block", 3),),
        "third": (("block", 12),),
        "fourth": (("block", 18),),
    }


PAIRS: list[tuple[Callable[[Any, Tensor], Any], int | None, int | None]] = [
    (lambda m, x: torch.cat((m.first(x), m.second(x)), 1), 0, 4),
    (lambda m, x: torch.cat((m.second(x), m.first(x)), 1), 5, 0),
    (lambda m, x: torch.cat((torch.empty(0), m.first(x), m.second(x)), 1), 0, 4),
    (lambda m, x: torch.hstack((torch.ones(1, 2, 9, 9), m.first(x), m.second(x) * 2)), 2, 6),
    (lambda m, x: torch.cat((x, torch.cat((x, m.first(x)), 1), m.second(x)), 1), 6, 10),
    (lambda m, x: torch.cat((m.first(x)[:, :2], m.second(x)), 1), None, 2),
    (lambda m, x: torch.cat((m.first(x).flip(1), m.second(x)), 1), None, 4),
    (lambda m, x: torch.cat((m.first(x) + x.sum(1, keepdim=True), m.second(x)), 1), None, 4),
    (lambda m, x: torch.cat((m.first(x).mean(1, keepdim=True), m.second(x)), 1), None, 1),
    (lambda m, x: torch.cat((m.first(x).flatten(2), m.second(x).flatten(2)), 1), None, None),
    (lambda m, x: torch.cat((m.first(x), m.first(x), m.second(x)[:, :4])), None, None),
    (lambda m, x: torch.cat((m.first(x), m.second(x)[:, :4]), 2), None, None),
    (lambda m, x: [torch.cat((m.first(x), m.second(x)), 1)], None, None),
    (lambda m, x: torch.cat((m.first(x), m.second(x)), 1).mean((2, 3)), None, None),
    (lambda m, x: (torch.cat((y := m.first(x), m.second(x)), 1), y)[1], None, None),
    (lambda m, x: functional.relu(m.first(x)) + torch.cat((m.first(x),), 1), None, None),
]


@pytest.mark.parametrize(("forward", "first", "second"), PAIRS)
def test_units_where_the_concatenation_is_what_the_module_returns(
    forward: Callable[[Any, Tensor], Any], first: int | None, second: int | None
) -> None:
    expected = {"first": first, "second": second}
    found = units_of(block(forward))
    assert found == {n: (("block", at),) for n, at in expected.items() if at is not None}


def test_a_layer_that_is_concatenated_twice_has_units_twice() -> None:
    network = block(lambda m, x: torch.cat(((y := m.first(x)), m.second(x), y, y.relu()), 1))
    assert units_of(network)["first"] == (("block", 0), ("block", 9), ("block", 13))


def test_wholes_inside_each_other_are_told_from_the_innermost() -> None:
    inner = Forward(
        lambda m, x: torch.cat((m.left(x), m.right(x)), 1), left=conv(3, 2), right=conv(3, 4)
    )
    outer = Forward(lambda m, x: torch.cat((x, m.inner(x)), 1), inner=inner)
    after = nn.Sequential(nn.Dropout(), nn.ReLU(), nn.MaxPool2d(2))
    network = nn.Sequential(nn.Sequential(outer, nn.ReLU()), after)
    assert layers_of(network)["0.0.inner.right"].units == (("0.0.inner", 2), ("0.0", 5), ("0", 5))


def test_a_network_that_concatenates_has_no_path_and_tells_no_units() -> None:
    assert not units_of(Forward(lambda m, x: torch.cat((x, m.conv(x)), 1), conv=conv()))


def test_dense_reuse_makes_units_of_the_block_and_not_of_the_next_layer() -> None:
    def grow(m: Any, maps: list[Tensor]) -> Tensor:
        return m.conv(functional.relu_(m.norm(torch.cat(maps, 1))))  # type: ignore[no-any-return]

    def dense(m: Any, x: Tensor) -> Tensor:
        maps = [x]
        for layer in (m.one, m.two):
            maps.append(layer(maps))
        return torch.cat(maps, 1)

    one = Forward(grow, norm=nn.BatchNorm2d(4), conv=conv(4, 2))
    two = Forward(grow, norm=nn.BatchNorm2d(6), conv=conv(6, 3))
    network = Forward(
        lambda m, x: m.last(functional.max_pool2d(m.block(m.stem(x)), 2)),
        stem=conv(3, 4),
        block=Forward(dense, one=one, two=two),
        last=conv(9, 8),
    )
    units = {layer.name: layer.units for layer in layers_of(network).values()}
    assert units["stem"] == (("block", 0),)
    assert units["block.one.conv"] == (("block", 4),)
    assert units["block.two.conv"] == (("block", 6),)
    assert units["last"] == ()


def test_units_are_remembered_as_json() -> None:
    layer = layers_of(block(keeps))["block.third"]
    assert TypeAdapter(Layer).validate_python(json.loads(json.dumps(plain(layer)))) == layer


def outputs_of(network: nn.Module, names: Iterable[str], inputs: Tensor) -> dict[str, Tensor]:
    """What modules return, by plain hooks, as it was when they did."""
    kept: dict[str, Tensor] = {}
    handles = [
        network.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: kept.update({name: output.clone()})
        )
        for name in names
    ]
    with torch.no_grad():
        network.eval()(inputs)
    for handle in handles:
        handle.remove()
    return kept


PARTS = ("branch1.conv", "branch2.1.conv", "branch3.1.conv", "branch4.1.conv")


@pytest.mark.parametrize(
    ("network", "whole", "firsts"),
    [
        (
            partial(torchvision.models.googlenet, init_weights=False),
            "inception4a",
            dict(zip(PARTS, (0, 192, 400, 448), strict=True)),
        ),
        (torchvision.models.squeezenet1_1, "features.6", {"expand1x1": 0, "expand3x3": 128}),
    ],
)
def test_units_are_the_activations_in_the_modules_output(
    network: Callable[[], nn.Module], whole: str, firsts: dict[str, int]
) -> None:
    torch.manual_seed(0)
    module = network()
    layers = [part for name, part in layers_of(module, (3, 64, 64)).items() if whole in name]
    found = {layer.name: layer.units for layer in layers if layer.units}
    assert found == {f"{whole}.{name}": ((whole, first),) for name, first in firsts.items()}
    sources = {layer.norm or layer.name: layer.units for layer in layers if layer.units}
    kept = outputs_of(module, [whole, *sources], torch.randn(1, 3, 64, 64))
    for name, ((_, first),) in sources.items():
        response = kept[name]
        unit = kept[whole][:, first : first + response.shape[1]]
        assert response.std() > 0
        assert torch.equal(unit, response.relu())


LOOKS: list[tuple[Callable[[Tensor], Any], bool]] = [
    (lambda x: x.mean().item() > 0, True),
    (lambda x: bool(x.sum() > 0), True),
    (lambda x: x.mean() > 0 or None, True),
    (lambda x: x.tolist(), True),
    (lambda x: x.numpy().mean() > 0, True),
    (lambda x: torch.equal(x, x * 2), True),
    (lambda x: torch.allclose(x, x * 2), True),
    (lambda x: float(x.max()) + int(x.min()), True),
    (lambda x: len(x[x > 0]), True),
    (lambda x: len(x.nonzero()), True),
    (lambda x: x.masked_select(x > 0).numel(), True),
    (lambda x: f"{x.mean():.2f}", True),
    (lambda x: x.shape[-1] > 4 and len(x), False),
    (lambda x: torch.zeros(1).item(), False),
    (lambda x: bool(torch.ones(2).all()), False),
    (lambda x: torch.where(x > 0, x, -x).clamp(max=x.mean()), False),
    (lambda x: x[:, torch.tensor([0, 2])], False),
    (lambda x: x.flatten()[x.flatten().topk(2).indices], False),
]


@pytest.mark.parametrize(("look", "conditional"), LOOKS)
def test_a_layer_is_conditional_once_values_of_the_picture_are_known_to_python(
    look: Callable[[Tensor], Any], conditional: bool
) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.norm(m.before(x))
        look(x)
        return m.after(x)  # type: ignore[no-any-return]

    network = Forward(forward, before=conv(), norm=nn.BatchNorm2d(3), after=conv())
    before, after = layers_of(network.eval()).values()
    assert (before.conditional, after.conditional) == (False, conditional)


def test_a_look_between_a_convolution_and_its_norm_makes_it_conditional() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        y = m.conv(x)
        return m.norm(y) if x.mean() < 1 else y  # type: ignore[no-any-return]

    assert only(Forward(forward, conv=conv(), norm=nn.BatchNorm2d(3)).eval()).conditional


def test_any_look_counts_where_a_network_cannot_be_followed() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.before(x.to_sparse().to_dense())
        return m.after(x) if x.mean() < 100 else x  # type: ignore[no-any-return]

    before, after = layers_of(Forward(forward, before=conv(), after=conv())).values()
    assert (before.conditional, after.conditional) == (False, True)


class Calling(nn.Conv2d):
    """A network that is one convolution, with a convolution of its own class's name inside."""

    def __init__(self) -> None:
        super().__init__(3, 3, 3)
        self.Calling = nn.Conv2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.Calling(super().forward(super().forward(x)))


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (nn.Conv2d(3, 2, 3), ["Conv2d"]),
        (nn.ConvTranspose2d(3, 2, 3), ["ConvTranspose2d"]),
    ],
)
def test_a_network_that_is_one_convolution_is_named_by_its_class(
    network: nn.Module, names: list[str]
) -> None:
    layers, skipped = record_layers(network, (3, 9, 9))
    assert ([layer.name for layer in layers], skipped) == (names, ())
    assert network.get_submodule(layers[0].module) is network


def test_that_name_is_no_other_layers() -> None:
    layers, _ = record_layers(Calling(), (3, 9, 9))
    assert len({layer.name for layer in layers}) == len(layers)
    assert {layer.name for layer in layers} >= {"Calling_", "Calling"}
