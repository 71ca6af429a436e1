"""Tracing back through every spelling of a rectifier, and through what is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.config.schema import Method
from convatlas.network.attribution import Trace
from support.numpy_backward import METHODS, affine, layers_of, matrix, numbers, rule

Activation = Callable[[Tensor], Tensor]


class Plain(nn.Module):
    """Three convolutions with an activation after each but the last."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.activation = activation
        self.a, self.b = nn.Conv2d(3, 5, 3), nn.Conv2d(5, 6, 3, stride=2, padding=1)
        self.c = nn.Conv2d(6, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.c(self.activation(self.b(self.activation(self.a(x)))))
        return out


def traced(activation: Activation, large: float = 1) -> tuple[int, dict[Method, Tensor]]:
    network = Plain(activation)
    layers = layers_of(network, 9, 10)
    inputs = large * torch.randn(2, 3, 9, 10, dtype=torch.float64)
    trace = Trace(network, layers, inputs)
    seeds = torch.randn(2, *trace.responses["c"].shape, dtype=torch.float64)
    return trace.rectifiers("c"), {each: trace.back("c", seeds, each) for each in METHODS}


def cropped(x: Tensor) -> Tensor:
    """In place on a view, where autograd's graph does not show what is done."""
    y = x.clone()
    F.relu(y[:, :, :3], inplace=True)
    y[:, :, 3:].clamp_(min=0)
    return y


SPELLINGS: dict[str, Activation] = {
    "nn.ReLU(inplace)": nn.ReLU(inplace=True),
    "F.relu": F.relu,
    "F.relu(inplace)": lambda x: F.relu(x, inplace=True),
    "F.relu_": F.relu_,
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "relu": lambda x: x.relu(),
    "relu_": lambda x: x.relu_(),
    "clamp(min)": lambda x: x.clamp(min=0),
    "clamp(min, max)": lambda x: torch.clamp(x, 0.0, 1e9),
    "clamp_(min)": lambda x: x.clamp_(min=0),
    "clamp_min": lambda x: x.clamp_min(0),
    "clamp_min_": lambda x: x.clamp_min_(0.0),
    "clip": lambda x: torch.clip(x, min=0),
    "clip_": lambda x: x.clip_(0),
    "clamp(tensor)": lambda x: x.clamp(min=x.new_zeros(())),
    "clamp_min(tensor)": lambda x: torch.clamp_min(x, x.new_zeros(())),
    "clamp(tensors)": lambda x: x.clamp(x.new_zeros(1, x.shape[1], 1, 1), x.new_tensor(1e9)),
    "threshold": lambda x: F.threshold(x, 0, 0),
    "nn.Threshold(inplace)": nn.Threshold(0, 0, inplace=True),
    "leaky": lambda x: F.leaky_relu(x, 0.0),
    "leaky(inplace)": nn.LeakyReLU(0.0, inplace=True),
    "hardtanh": lambda x: F.hardtanh(x, 0, 1e9),
    "hardtanh(inplace)": nn.Hardtanh(0, 1e9, inplace=True),
    "relu6": F.relu6,
    "nn.ReLU6(inplace)": nn.ReLU6(inplace=True),
    "in place on views": cropped,
    "not in place on a view": lambda x: torch.relu(x[:]),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_all_spellings_of_a_rectifier_are_one(spelling: str) -> None:
    _, expected = traced(nn.ReLU())
    count, found = traced(SPELLINGS[spelling])
    assert count == (4 if "views" in spelling else 2)
    for method in METHODS:
        torch.testing.assert_close(found[method], expected[method], rtol=1e-12, atol=1e-14)
    assert not torch.allclose(found["deconvnet"], found["guided"])
    assert not torch.allclose(found["guided"], found["gradient"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("activation", "ceiling"),
    [
        (F.relu6, 6.0),
        (nn.ReLU6(inplace=True), 6.0),
        (nn.Hardtanh(0, 1), 1.0),
        (lambda x: x.clamp(0, 2), 2.0),
        (lambda x: x.clamp_(x.new_zeros(()), x.new_tensor(2.0)), 2.0),
    ],
)
def test_a_ceiling_is_not_the_deconvnet_s(
    activation: Activation, ceiling: float, method: Method
) -> None:
    torch.manual_seed(2)
    network = nn.Sequential(nn.Conv2d(3, 3, 3), Lambda(activation), nn.Conv2d(3, 2, 3))
    layers = layers_of(network, 8, 7)
    inputs = 8 * torch.randn(1, 3, 8, 7, dtype=torch.float64)
    first, offset = affine(network[0], (8, 7))
    inner = first @ numbers(inputs).ravel() + offset
    passes = (inner > 0) & (inner < ceiling)
    assert (inner >= ceiling).sum() > 5 and passes.sum() > 5
    trace = Trace(network, layers, inputs)
    seeds = torch.randn(1, 1, 2, 4, 3, dtype=torch.float64)
    after = matrix(network[2], (6, 5)).T @ numbers(seeds).ravel()
    expected = first.T @ rule(after, passes, method)
    np.testing.assert_allclose(numbers(trace.back("2", seeds, method)).ravel(), expected)


class Lambda(nn.Module):
    def __init__(self, function: Activation) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


OTHERS: dict[str, Activation] = {
    "hardtanh": F.hardtanh,
    "leaky": F.leaky_relu,
    "prelu": lambda x: F.prelu(x, x.new_tensor([0.2])),
    "clamp both": lambda x: x.clamp(-1, 1),
    "clamp above": lambda x: x.clamp(max=0.5),
    "clamp not at zero": lambda x: x.clamp_(min=-0.5),
    "threshold not at zero": lambda x: F.threshold(x, 0.5, 0),
    "min and max by tensors": lambda x: x.clamp(x.new_tensor([-0.1]), x.new_tensor([0.1])),
    **{each.__name__: each for each in (F.silu, F.gelu, F.elu, F.selu, F.celu, F.mish, F.softplus)},
    **{each.__name__: each for each in (torch.sigmoid, torch.tanh, F.hardswish, F.hardsigmoid)},
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_activations_pass_by_their_own_derivative(name: str) -> None:
    count, found = traced(OTHERS[name], large=2)
    assert count == 0
    assert found["gradient"].any()
    assert torch.equal(found["deconvnet"], found["gradient"])
    assert torch.equal(found["guided"], found["gradient"])
