"""Tracing back: the rules by hand, in a residual network and in every geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.config.schema import Method
from convatlas.network.attribution import Trace
from support.numpy_backward import (
    METHODS,
    Values,
    affine,
    layers_of,
    mapped,
    matrix,
    numbers,
    rule,
    switches,
)


class Residual(nn.Module):
    """Rectified by functions, by methods and by one module again and again.

    Captum hooks modules of class nn.ReLU: ``F.relu`` and ``relu_`` are plain gradients to it.
    """

    def __init__(self, inplace: bool) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.inplace = inplace
        self.relu = nn.ReLU(inplace)
        self.stem, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv1, self.norm1 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv2, self.norm2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv3 = nn.Conv2d(4, 5, 3, stride=2, padding=1)
        self.conv4 = nn.Conv2d(5, 6, 3, padding=1)
        self.down = nn.Conv2d(4, 6, 1, stride=2)
        self.last = nn.Conv2d(6, 3, 2)
        for tensor in (t for n in (self.norm, self.norm1, self.norm2) for t in n.buffers()):
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
        for norm in (self.norm, self.norm1, self.norm2):
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.norm(self.stem(x)).relu_(), 3, 2, 1)
        y = self.relu(self.norm1(self.conv1(x)))
        x = torch.relu(x + self.norm2(self.conv2(y)))
        y = F.relu(self.conv3(x), inplace=self.inplace)
        x = self.relu(self.conv4(y) + self.down(x))
        out: Tensor = self.last(x)
        return out


def by_hand(net: Residual, picture: Values, method: str, seeds: dict[str, Values]) -> Values:
    """The sum of what goes back from ``last`` and from ``conv2``, [3, 11, 9]."""
    stem, offset = affine(net.stem, (11, 9), net.norm)
    first = stem @ picture.ravel() + offset
    pool = switches(np.maximum(first, 0).reshape(4, 11, 9), 3, 2, 1)
    pooled = pool @ np.maximum(first, 0)
    one, offset = affine(net.conv1, (6, 5), net.norm1)
    inner = one @ pooled + offset
    two, offset = affine(net.conv2, (6, 5), net.norm2)
    middle = pooled + two @ np.maximum(inner, 0) + offset
    three, offset = affine(net.conv3, (6, 5))
    deep = three @ np.maximum(middle, 0) + offset
    four, offset = affine(net.conv4, (3, 3))
    down, other = affine(net.down, (6, 5))
    top = four @ np.maximum(deep, 0) + offset + down @ np.maximum(middle, 0) + other
    last, _ = affine(net.last, (3, 3))

    back = rule(last.T @ seeds["last"].ravel(), top > 0, method)
    back = three.T @ rule(four.T @ back, deep > 0, method) + down.T @ back
    back = rule(back, middle > 0, method)
    into = rule(two.T @ (back + seeds["conv2"].ravel()), inner > 0, method)
    back = rule(pool.T @ (back + one.T @ into), first > 0, method)
    return (stem.T @ back).reshape(3, 11, 9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("name", ["last", "conv2"])
def test_a_residual_network_by_hand(name: str, inplace: bool, method: Method) -> None:
    network = Residual(inplace)
    layers = layers_of(network, 11, 9)
    inputs = torch.randn(2, 3, 11, 9, dtype=torch.float64)
    trace = Trace(network, layers, inputs)
    assert [trace.rectifiers(layer.name) for layer in layers] == [0, 1, 2, 3, 4, 3, 5]
    seeds = torch.randn(4, *trace.responses[name].shape, dtype=torch.float64)
    found = trace.back(name, seeds, method)
    assert found.shape == (4, 2, 3, 11, 9)
    nothing = {"last": np.zeros((3, 2, 2)), "conv2": np.zeros((4, 6, 5))}
    for k, n in np.ndindex(4, 2):
        own = {**nothing, name: numbers(seeds[k, n])}
        expected = by_hand(network, numbers(inputs[n]), method, own)
        np.testing.assert_allclose(numbers(found[k, n]), expected, rtol=1e-9, atol=1e-12)


@st.composite
def convolutions(draw: Any, channels: int) -> nn.Module:
    """Of any geometry; with a bias, so that a rectifier after it has something to cut."""

    def pair(least: int, most: int) -> tuple[int, int]:
        return draw(st.tuples(st.integers(least, most), st.integers(least, most)))

    groups = draw(st.sampled_from([g for g in (1, 2, 3) if channels % g == 0]))
    filters = groups * draw(st.integers(1, 2))
    options: dict[str, Any] = {"groups": groups, "stride": pair(1, 3), "dilation": pair(1, 2)}
    kernel = pair(1, 3)
    options["padding"] = tuple(draw(st.integers(0, k - 1)) for k in kernel)
    if not draw(st.booleans()):
        return nn.Conv2d(channels, filters, kernel, **options)
    options["output_padding"] = tuple(draw(st.integers(0, s - 1)) for s in options["stride"])
    return nn.ConvTranspose2d(channels, filters, kernel, **options)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.tuples(st.integers(5, 8), st.integers(5, 8)))
def test_any_geometry(data: st.DataObject, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    first = data.draw(convolutions(3))
    second = data.draw(convolutions(first.out_channels))  # type: ignore[arg-type]
    inner, outer = mapped(first, size), (0, 0)
    if min(inner) > 0:
        outer = mapped(second, inner)
    if min(outer) <= 0:
        return
    network = nn.Sequential(first, nn.ReLU(), second)
    layers = layers_of(network, *size)
    inputs = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    trace = Trace(network, layers, inputs)
    seeds = torch.randn(2, *trace.responses["2"].shape, dtype=torch.float64)
    assert seeds.shape[-2:] == outer
    found = {method: trace.back("2", seeds, method) for method in METHODS}
    plain = [torch.autograd.grad(network(inputs), inputs, seed)[0] for seed in seeds]
    torch.testing.assert_close(found["gradient"], torch.stack(plain))

    steps, offset = affine(first, size)
    after = matrix(second, inner)
    for k, n in np.ndindex(2, 2):
        passes = steps @ numbers(inputs[n]).ravel() + offset > 0
        for method, values in found.items():
            back = rule(after.T @ numbers(seeds[k, n]).ravel(), passes, method)
            np.testing.assert_allclose(numbers(values[k, n]).ravel(), steps.T @ back, atol=1e-12)
