"""Tracing back leaves the network, its inputs, the caller's modes and memory as they were."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.network.attribution import Trace
from support.numpy_backward import METHODS, layers_of
from support.traced_forward import Pair, all_of, noise, plainly, seeds_of, trace_of


def gradients(network: nn.Module, inputs: Tensor) -> list[Tensor]:
    loss = network(inputs).square().sum()
    return list(torch.autograd.grad(loss, list(network.parameters())))


def test_nothing_in_the_network_is_changed() -> None:
    torch.manual_seed(0)
    network = torchvision.models.resnet18()
    layers = layers_of(network, 40, 40)
    network.layer1.requires_grad_(False)
    network.layer1.train()
    before = copy.deepcopy(network)
    inputs = torch.randn(2, 3, 40, 40, dtype=torch.float64)
    kept = inputs.clone()
    network.layer1.eval()
    before.layer1.eval()
    trace = Trace(network, layers[2:5], inputs)
    for method in METHODS:
        trace.back(layers[4].name, seeds_of(trace, layers[4].name, 2), method)
    assert torch.equal(inputs, kept)
    assert not inputs.requires_grad
    state = before.state_dict()
    assert all(torch.equal(state[name], value) for name, value in network.state_dict().items())
    for one, other in zip(network.modules(), before.modules(), strict=True):
        assert one.training == other.training
        assert {k: v for k, v in vars(one).items() if "hook" in k} == {
            k: v for k, v in vars(other).items() if "hook" in k
        }
    for parameter, other in zip(network.parameters(), before.parameters(), strict=True):
        assert parameter.requires_grad == other.requires_grad
        assert parameter.grad is None
    network.requires_grad_(True)
    before.requires_grad_(True)
    for one, other in zip(gradients(network, inputs), gradients(before, inputs), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("context", [nullcontext, torch.no_grad, torch.inference_mode])
def test_what_the_caller_says_of_gradients_does_not_matter(context: Callable[[], Any]) -> None:
    network, expected = Pair(plainly), all_of(trace_of(plainly))
    layers = layers_of(network, 9, 8)
    with context():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        found = all_of(Trace(network, layers, noise() * 1))
        assert before == (torch.is_grad_enabled(), torch.is_inference_mode_enabled())
    assert torch.equal(found, expected)


@pytest.mark.parametrize("requires", [False, True])
def test_parameters_may_be_frozen_or_not(requires: bool) -> None:
    network = Pair(plainly).requires_grad_(requires)
    layers = layers_of(network, 9, 8)
    inputs = noise().requires_grad_(requires)
    assert torch.equal(all_of(Trace(network, layers, inputs)), all_of(trace_of(plainly)))
    assert inputs.grad is None


def test_methods_in_any_order_again_and_again_one_seed_or_many() -> None:
    trace = trace_of(plainly)
    seeds = seeds_of(trace)
    found = {method: trace.back("b", seeds, method) for method in METHODS}
    assert len({values.sum().item() for values in found.values()}) == 3
    for method in ("gradient", "guided", "deconvnet", "guided", "gradient", "gradient"):
        assert torch.equal(trace.back("b", seeds, method), found[method])
        alone = torch.cat([trace.back("b", seed[None], method) for seed in seeds])
        torch.testing.assert_close(alone, found[method], rtol=1e-12, atol=1e-14)


def written(net: Pair, x: Tensor) -> Tensor:
    """To the input, to a response, to a response's part, and to what the rectifier gave."""
    x.mul_(0.5).add_(0.1)
    y = net.a(x)
    y[:, :1] = 0
    y.mul_(2).relu_()
    z: Tensor = net.b(y)
    z.zero_()
    return z


def unwritten(net: Pair, x: Tensor) -> Tensor:
    y = net.a(x * 0.5 + 0.1)
    keep = torch.ones_like(y)
    keep[:, :1] = 0
    out: Tensor = net.b(F.relu(y * keep * 2))
    return out


def test_what_is_written_afterwards_is_not_traced() -> None:
    inputs = noise()
    kept = inputs.clone()
    trace, expected = trace_of(written, inputs), trace_of(unwritten, inputs)
    assert torch.equal(inputs, kept)
    inputs.zero_()
    for name in ("a", "b"):
        assert expected.responses[name].any()
        torch.testing.assert_close(trace.responses[name], expected.responses[name])
        seeds = seeds_of(expected, name)
        for method in METHODS:
            found = trace.back(name, seeds, method)
            torch.testing.assert_close(found, expected.back(name, seeds, method))


def test_a_trace_dies_with_its_graph() -> None:
    """Cycles through autograd's nodes would be found by nobody, not even by the collector."""
    gc.disable()
    try:
        dead = []
        for _ in range(3):
            trace = trace_of(plainly)
            all_of(trace)
            dead += [weakref.ref(each) for each in (trace, trace.inputs, trace.responses["a"])]
            del trace
        assert all(each() is None for each in dead)
    finally:
        gc.enable()
