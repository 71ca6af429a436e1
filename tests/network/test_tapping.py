"""A tap gives its own layer's response, or nothing, on any path through a network."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune
from torchvision.ops import FrozenBatchNorm2d

from convatlas.model.facts import Layer
from convatlas.network.fuse import fused
from convatlas.network.responses import tap, tap_of
from convatlas.network.trace.layers import record_layers

SHAPE = (3, 8, 8)


class Forward(nn.Module):
    """Modules by name, and a forward pass written as a function of them and the input."""

    def __init__(self, forward: Callable[[Any, Tensor], Tensor], **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._forward = forward

    def forward(self, x: Tensor) -> Tensor:
        return self._forward(self, x)


def conv(**options: Any) -> nn.Conv2d:
    return nn.Conv2d(3, 3, 3, padding=1, **options)


def old_weight_norm() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, but still about
        return nn.utils.weight_norm(conv())  # type: ignore[no-any-return]


def layers_of(network: nn.Module) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network, SHAPE)[0] if layer.reached}


def tapped(network: nn.Module, layers: dict[str, Layer], inputs: Tensor) -> dict[str, Tensor]:
    """The responses of the layers that the inputs reach."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[Tensor], None]:
        return lambda response: found.update({name: response.clone()})

    taps = {tap_of(layer): keep(layer.name) for layer in layers.values()}
    with torch.no_grad():
        missed = tap(network, inputs, taps)
    assert {layer.name for layer in layers.values() if layer.tap in missed}.isdisjoint(found)
    return found


def hooked(network: nn.Module, inputs: Tensor) -> dict[str, list[Tensor]]:
    """The outputs of all modules, by plain hooks."""
    found: dict[str, list[Tensor]] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Any], None]:
        return lambda module, args, output: found.setdefault(name, []).append(output.clone())

    hooks = [m.register_forward_hook(keep(name)) for name, m in network.named_modules() if name]
    with torch.no_grad():
        network(inputs)
    for hook in hooks:
        hook.remove()
    return found


def bright(x: Tensor) -> bool:
    return bool(x.mean() > 1)


def skips(m: Any, x: Tensor) -> Tensor:
    """Bright pictures go past the first convolution, so that every later call comes earlier."""
    if not bright(x):
        x = m.first(x)
    return m.last(functional.relu(m.second(x)))  # type: ignore[no-any-return]


KINDS: list[Callable[[], nn.Module]] = [
    conv,
    lambda: parametrizations.weight_norm(conv()),
    lambda: parametrizations.spectral_norm(conv()),
    lambda: nn.utils.spectral_norm(conv()),
    lambda: prune.l1_unstructured(conv(), "weight", 0.5),  # type: ignore[no-untyped-call]
    old_weight_norm,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 2.0])
def test_every_kind_of_convolution_on_both_sides_of_a_branch(
    kind: Callable[[], nn.Module], level: float
) -> None:
    network = Forward(skips, first=kind(), second=kind(), last=kind()).eval()
    layers = layers_of(network)
    assert list(layers) == ["first", "second", "last"]
    inputs = torch.randn(1, *SHAPE) * 0.1 + level
    expected = hooked(network, inputs)
    got = tapped(network, layers, inputs)
    assert got.keys() == {"second", "last"} | ({"first"} if level == 0 else set())
    assert all(torch.equal(got[name], expected[name][0]) for name in got)


@pytest.mark.parametrize("size", [4, 8, 12])
def test_a_branch_by_size(size: int) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        if x.shape[-1] >= 8:
            x = m.norm(m.shrink(x))
        return m.norm2(m.a(x))  # type: ignore[no-any-return]

    network = Forward(
        forward, shrink=conv(stride=2), a=conv(), norm=nn.BatchNorm2d(3), norm2=nn.BatchNorm2d(3)
    ).eval()
    inputs = torch.randn(2, 3, size, size)
    expected = hooked(network, inputs)
    for other in (
        network,
        copy.deepcopy(network),
        fused(network, record_layers(network, SHAPE)[0]),
    ):
        got = tapped(other, layers_of(other), inputs)
        assert got.keys() == ({"a"} if size == 4 else {"a", "shrink"})
        torch.testing.assert_close(got["a"], expected["norm2"][0])
        if size > 4:
            torch.testing.assert_close(got["shrink"], expected["norm"][0])


def test_tied_weights_belong_to_the_module_that_runs() -> None:
    network = Forward(skips, first=conv(), second=conv(), last=conv())
    network.second.weight = network.last.weight = network.first.weight
    inputs = torch.full((1, *SHAPE), 2.0)
    got, expected = tapped(network, layers_of(network), inputs), hooked(network, inputs)
    assert got.keys() == {"second", "last"}
    assert all(torch.equal(got[name], expected[name][0]) for name in got)


def test_a_shared_module_s_second_call_is_the_second_or_none() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        calls = 1 if bright(x) else 2
        for _ in range(calls):
            x = m.conv(m.other(x))
        return x

    network = Forward(forward, conv=conv(), other=conv())
    layers = layers_of(network)
    assert list(layers) == ["other", "conv", "other@2", "conv@2"]
    for level, count in ((0.0, 4), (2.0, 2)):
        inputs = torch.full((1, *SHAPE), level)
        got, expected = tapped(network, layers, inputs), hooked(network, inputs)
        assert len(got) == count
        for name, response in got.items():
            module, _, nth = name.partition("@")
            assert torch.equal(response, expected[module][int(nth or 1) - 1])


NORMS: list[Callable[[], nn.Module]] = [
    lambda: nn.BatchNorm2d(3),
    lambda: nn.BatchNorm2d(3, track_running_stats=False),
    lambda: FrozenBatchNorm2d(3),
]


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_that_two_layers_share_belongs_to_the_one_before_it(
    norm: Callable[[], nn.Module],
) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        if not bright(x):
            x = m.norm(m.first(x))
        return m.norm(m.second(x))  # type: ignore[no-any-return]

    network = Forward(forward, first=conv(), second=conv(), norm=norm()).eval()
    layers = layers_of(network)
    assert all(layer.norm == "norm" for layer in layers.values())
    inputs = torch.full((1, *SHAPE), 2.0)
    got, expected = tapped(network, layers, inputs), hooked(network, inputs)
    assert got.keys() == {"second"}
    torch.testing.assert_close(got["second"], expected["norm"][0])


OTHERWISE: list[Callable[[Any, Tensor], Tensor]] = [
    lambda m, x: m.other(x),
    lambda m, x: x,
    lambda m, x: m.norm(x * 2),
    lambda m, x: m.norm(functional.relu(x)),
    lambda m, x: m.norm(x.mul_(2)),
    lambda m, x: m.norm(x.index_fill_(1, torch.tensor(0), 0)),
    lambda m, x: m.norm(x + m.conv(x)),
]


@pytest.mark.parametrize("otherwise", OTHERWISE)
@pytest.mark.parametrize("norm", NORMS)
def test_without_its_norm_a_response_is_not_there(
    norm: Callable[[], nn.Module], otherwise: Callable[[Any, Tensor], Tensor]
) -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        dark = not bright(x)
        x = m.conv(x)
        return m.norm(x) if dark else otherwise(m, x)  # type: ignore[no-any-return]

    network = Forward(forward, conv=conv(), norm=norm(), other=norm()).eval()
    layers = layers_of(network)
    assert layers["conv"].norm == "norm"
    assert tapped(network, layers, torch.zeros(1, *SHAPE)).keys() == {"conv"}
    assert not tapped(network, layers, torch.full((1, *SHAPE), 2.0))


COPIES: list[Callable[[Tensor], Tensor]] = [
    lambda x: x.contiguous(memory_format=torch.channels_last),
    lambda x: x.clone().detach(),
    lambda x: x.to(torch.float64).float(),
    lambda x: x.data,
    lambda x: x if x.size(0) == x.shape[0] and x.dim() == 4 and x.is_floating_point() else x + 1,
    lambda x: x if x.tolist() and repr(x) else x + 1,
]


@pytest.mark.parametrize("copied", COPIES)
def test_copies_and_questions_come_before_a_norm(copied: Callable[[Tensor], Tensor]) -> None:
    network = Forward(lambda m, x: m.norm(copied(m.conv(x))), conv=conv(), norm=nn.BatchNorm2d(3))
    layers = layers_of(network.eval())
    assert layers["conv"].norm == "norm"
    inputs = torch.randn(2, *SHAPE).to(memory_format=torch.channels_last)
    got = tapped(network, layers, inputs)["conv"]
    torch.testing.assert_close(got, hooked(network, inputs)["norm"][0])


def test_a_module_that_convolves_in_its_own_way_is_tapped_at_its_end() -> None:
    class Unfolded(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            patches = functional.unfold(x, 3, padding=1)
            return torch.matmul(self.weight.flatten(1), patches).unflatten(2, x.shape[2:])

    kinds = {name: Unfolded(3, 3, 3) for name in ("first", "second", "last")}
    network = Forward(skips, **kinds)
    inputs = torch.full((1, *SHAPE), 2.0)
    got, expected = tapped(network, layers_of(network), inputs), hooked(network, inputs)
    assert got.keys() == {"second", "last"}
    assert all(torch.equal(got[name], expected[name][0]) for name in got)


def test_functional_calls_are_told_apart_by_their_weights() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        kernels = [m.first.weight, m.second.weight * 0.5, (m.last.weight - m.last.weight.mean())]
        for number, kernel in enumerate(kernels):
            if number or not bright(x):
                x = functional.conv2d(x, kernel, padding=1)
        return x

    network = Forward(forward, first=conv(), second=conv(), last=conv())
    layers = layers_of(network)
    assert list(layers) == ["first", "second", "last"]
    dark, light = torch.randn(1, *SHAPE) * 0.1, torch.full((1, *SHAPE), 2.0)
    assert tapped(network, layers, dark).keys() == {"first", "second", "last"}
    got = tapped(network, layers, light)
    assert got.keys() == {"second", "last"}
    expected = functional.conv2d(light, network.second.weight * 0.5, padding=1)
    assert torch.equal(got["second"], expected)
    assert torch.equal(got["last"], network(light))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_taps_hold_for_copies_of_another_type(dtype: torch.dtype) -> None:
    network = Forward(
        lambda m, x: m.norm(m.conv(x)),
        conv=parametrizations.weight_norm(conv()),
        norm=nn.BatchNorm2d(3),
    ).eval()
    layers = layers_of(network)
    inputs = torch.randn(1, *SHAPE)
    got = tapped(copy.deepcopy(network).to(dtype), layers, inputs.to(dtype))["conv"].float()
    expected = hooked(network, inputs)["norm"][0]
    assert (got - expected).abs().mean() < 0.02 * expected.abs().mean()


class Own(nn.Module):
    """Convolutions with the module's own parameters, and a linear layer on a map between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(3, 3, 3, 3))
        self.second = nn.Parameter(torch.randn(3, 3, 3, 3))
        self.line = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        if not bright(x):
            x = functional.conv2d(x, self.first, padding=1)
        x = self.line(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return functional.conv2d(x, self.second - self.second.mean(), padding=1)


def test_linear_layers_and_own_parameters_on_both_sides_of_a_branch() -> None:
    network = Forward(lambda m, x: m.own(x), own=Own())
    layers = layers_of(network)
    assert len(layers) == 3
    assert tapped(network, layers, torch.zeros(1, *SHAPE)).keys() == layers.keys()
    light = torch.rand(1, *SHAPE) + 2
    got = tapped(network, layers, light)
    assert list(got) == list(layers)[1:]
    line, last = got.values()
    torch.testing.assert_close(
        line.permute(0, 2, 3, 1), network.own.line(light.permute(0, 2, 3, 1))
    )
    torch.testing.assert_close(last, network(light))
