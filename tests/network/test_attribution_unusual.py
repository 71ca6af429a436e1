"""Tracing back where the forward pass is unusual, or cannot be traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from torchvision.ops import deform_conv2d

from convatlas.errors import NetworkError
from convatlas.network.attribution import Trace
from support.numpy_backward import layers_of
from support.traced_forward import Forward, Pair, all_of, noise, plainly, seeds_of, trace_of


class Doubled(torch.autograd.Function):
    """An operation whose gradient leaves torch, and knows nothing of batches of gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return torch.from_numpy(np.multiply(gradient.detach().numpy(), 2))


class Written(torch.autograd.Function):
    """An operation whose gradient is written to a tensor of the wrong shape for batches."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return torch.zeros_like(x).add_(gradient).mul_(2)


class Clamp(torch.autograd.Function):
    """Bears the name of one of torch's own operations; passes gradients straight through."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


def onwards(net: Pair, y: Tensor) -> Tensor:
    out: Tensor = net.b(F.relu(y))
    return out


def deformed(net: Pair, x: Tensor) -> Tensor:
    """A 3 x 3 mean by an operation that autograd has no rule for batches of."""
    y = net.a(x)
    offsets = torch.zeros(len(y), 18, *y.shape[2:], dtype=y.dtype)
    weight = torch.eye(4, dtype=y.dtype)[:, :, None, None].expand(4, 4, 3, 3) / 9
    return onwards(net, deform_conv2d(y, offsets, weight, padding=1))


UNUSUAL: dict[str, tuple[Forward, Forward]] = {
    "an own operation": (
        lambda net, x: onwards(net, Doubled.apply(net.a(x))),
        lambda net, x: onwards(net, 2 * net.a(x)),
    ),
    "an own operation that writes": (
        lambda net, x: onwards(net, Written.apply(net.a(x))),
        lambda net, x: onwards(net, 2 * net.a(x)),
    ),
    "a deformed convolution": (
        deformed,
        lambda net, x: onwards(net, F.avg_pool2d(net.a(x), 3, 1, 1)),
    ),
    "checkpoints": (
        lambda net, x: checkpoint(plainly, net, x, use_reentrant=False),
        plainly,
    ),
    "checkpoints of a part": (
        lambda net, x: net.b(checkpoint(lambda y: F.relu(net.a(y)), x, use_reentrant=False)),
        plainly,
    ),
    "a rectifier beside the way": (
        lambda net, x: onwards(net, net.a(x) * F.relu(net.a.bias + 1)[:, None, None]),
        lambda net, x: onwards(net, net.a(x) * (net.a.bias + 1)[:, None, None]),
    ),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_forward_passes(name: str) -> None:
    unusual, usual = (trace_of(forward) for forward in UNUSUAL[name])
    assert unusual.rectifiers("b") == usual.rectifiers("b") == 1
    torch.testing.assert_close(all_of(unusual), all_of(usual))


def test_an_own_operation_is_no_rectifier_for_its_name() -> None:
    trace = trace_of(lambda net, x: net.b(Clamp.apply(net.a(x))))
    assert trace.rectifiers("b") == 0
    deconvnet, guided, gradient = all_of(trace)
    straight = trace_of(lambda net, x: net.b(net.a(x)))
    assert torch.equal(deconvnet, gradient) and torch.equal(guided, gradient)
    torch.testing.assert_close(gradient, all_of(straight)[0])


def test_a_densenet_that_saves_memory() -> None:
    found = []
    for economical in (False, True):
        torch.manual_seed(0)
        network = torchvision.models.DenseNet(8, (2, 2), 8, memory_efficient=economical)
        layers = layers_of(network, 32, 32)
        trace = Trace(network, layers, torch.linspace(-1, 1, 3072).double().view(1, 3, 32, 32))
        assert trace.rectifiers(layers[-1].name) == len(layers) == 10
        found.append(trace.back(layers[-1].name, seeds_of(trace, layers[-1].name, 2), "guided"))
    torch.testing.assert_close(*found)


def ungraded(net: Pair, x: Tensor) -> Tensor:
    with torch.no_grad():
        y = net.a(x)
    return onwards(net, y)


def whole(x: Tensor) -> Tensor:
    return (x * 9).long().to(x)


def overwriting(net: Pair, x: Tensor) -> Tensor:
    """Works as long as nobody wants gradients: what a sigmoid gave is needed for its own."""
    return onwards(net, torch.sigmoid(net.a(x)).sub_(0.5))


SWITCHED_OFF: dict[str, Forward] = {
    "without gradients": ungraded,
    "detached": lambda net, x: onwards(net, net.a(x).detach()),
    "detached before": lambda net, x: plainly(net, x.detach()),
    "reentrant": lambda net, x: onwards(net, checkpoint(net.a, x + 0, use_reentrant=True)),
}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_a_gradient_that_is_switched_off_is_switched_on(name: str, frozen: bool) -> None:
    network = Pair(SWITCHED_OFF[name]).requires_grad_(not frozen)
    trace = Trace(network, layers_of(network, 9, 8), noise())
    torch.testing.assert_close(all_of(trace), all_of(trace_of(plainly)))


CUT: dict[str, Forward] = {
    "whole numbers": lambda net, x: onwards(net, whole(net.a(x))),
    "by numbers": lambda net, x: plainly(net, torch.from_numpy(x.detach().numpy() + 1)),
    "overwritten": overwriting,
}


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("name", CUT)
def test_a_layer_that_is_cut_off_is_named(name: str, frozen: bool, count: int) -> None:
    network = Pair(CUT[name])
    layers = layers_of(network, 9, 8)
    trace = Trace(network.requires_grad_(not frozen), layers[1:], noise())
    assert trace.responses["b"].shape == (2, 5, 5, 4)
    with pytest.raises(NetworkError, match=r"\bb\b.*`layers:`"):
        trace.back("b", seeds_of(trace, "b", count), "guided")


@pytest.mark.parametrize("frozen", [False, True])
def test_layers_before_a_cut_are_traced_nevertheless(frozen: bool) -> None:
    network = Pair(CUT["whole numbers"])
    layers = layers_of(network, 9, 8)
    trace = Trace(network.requires_grad_(not frozen), layers, noise())
    assert trace.back("a", seeds_of(trace, "a"), "deconvnet").any()
    with pytest.raises(NetworkError, match=r"^no gradient of b reaches the picture"):
        trace.back("b", seeds_of(trace), "deconvnet")


def test_a_network_that_does_not_run_with_gradients() -> None:
    def halves(net: Pair, x: Tensor) -> Tensor:
        first, second = net.a(x).chunk(2, 1)
        return onwards(net, torch.cat([first.relu_(), second.sub_(1)], 1))

    with pytest.raises(NetworkError, match=r"does not run with gradients.*`layers:`"):
        trace_of(halves)


def test_a_layer_that_is_never_reached() -> None:
    with pytest.raises(NetworkError, match=r"b is never reached.*`layers:`"):
        trace_of(lambda net, x: net.a(x))


def test_a_layer_that_this_picture_does_not_reach() -> None:
    network = Pair(lambda net, x: plainly(net, x) if x.abs().max() < 100 else net.a(x))
    layers = layers_of(network, 9, 8)
    trace = Trace(network, layers, noise() * 1000)
    assert trace.response("a").isfinite().all()
    with pytest.raises(NetworkError, match=r"b is not reached.*`layers:`"):
        trace.response("b")
    with pytest.raises(NetworkError, match=r"b is not reached.*`layers:`"):
        Trace(network, layers[1:], noise() * 1000).response("b")


def test_a_layer_that_answers_with_another_number_of_maps() -> None:
    with pytest.raises(NetworkError, match=r"a does not answer each picture.*`layers:`"):
        trace_of(lambda net, x: net.b(net.a(x[:1])))
