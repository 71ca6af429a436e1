"""The rules of the three methods once more: NumPy, explicit matrices, no autograd."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.config.schema import Method
from convatlas.model.facts import Layer
from convatlas.network.trace.layers import record_layers

METHODS: tuple[Method, ...] = get_args(Method)
Values = NDArray[np.float64]


def layers_of(network: nn.Module, height: int, width: int) -> tuple[Layer, ...]:
    """Of float32, as an atlas records them; the network is float64 afterwards."""
    found = record_layers(network.float().eval(), (3, height, width))[0]
    network.double()
    return found


def rule(gradient: Values, passes: NDArray[np.bool_], method: str) -> Values:
    """What a rectifier lets back; ``passes`` is where its derivative is one."""
    if method == "deconvnet":
        return np.maximum(gradient, 0)
    if method == "guided":
        return np.maximum(gradient, 0) * passes
    return gradient * passes


def numbers(tensor: Tensor | None) -> Values:
    assert tensor is not None
    found: Values = tensor.detach().double().numpy()
    return found


def mapped(conv: nn.Module, size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a convolution's map."""
    one: Any = conv
    steps = zip(size, one.kernel_size, one.stride, one.padding, one.dilation, strict=True)
    if isinstance(conv, nn.ConvTranspose2d):
        found = [(s - 1) * st - 2 * p + d * (k - 1) + 1 for s, k, st, p, d in steps]
        height, width = (a + b for a, b in zip(found, conv.output_padding, strict=True))
    else:
        height, width = ((s + 2 * p - d * (k - 1) - 1) // st + 1 for s, k, st, p, d in steps)
    return height, width


def matrix(conv: nn.Module, size: tuple[int, int]) -> Values:
    """A convolution of maps of a size, without its bias, as a matrix [out, in] of flat maps."""
    if isinstance(conv, nn.ConvTranspose2d):  # the other way round, from its map to its input
        return sliding(conv, conv.in_channels, conv.out_channels, mapped(conv, size), size).T
    assert isinstance(conv, nn.Conv2d)
    return sliding(conv, conv.out_channels, conv.in_channels, size, mapped(conv, size))


def sliding(
    conv: Any, filters: int, channels: int, size: tuple[int, int], places: tuple[int, int]
) -> Values:
    """Every weight, at every place where the kernel goes."""
    weight = numbers(conv.weight)
    found = np.zeros((filters, *places, channels, *size))
    for f, c, i, j in np.ndindex(*weight.shape):
        channel = f // (filters // conv.groups) * weight.shape[1] + c
        for row, column in np.ndindex(*places):
            y = row * conv.stride[0] + i * conv.dilation[0] - conv.padding[0]
            x = column * conv.stride[1] + j * conv.dilation[1] - conv.padding[1]
            if 0 <= y < size[0] and 0 <= x < size[1]:
                found[f, row, column, channel, y, x] = weight[f, c, i, j]
    return found.reshape(filters * places[0] * places[1], -1)


def affine(conv: nn.Module, size: tuple[int, int], norm: Any = None) -> tuple[Values, Values]:
    """A convolution with its batch norm as a matrix and what is added."""
    steps, area = matrix(conv, size), int(np.prod(mapped(conv, size)))
    shift = np.repeat(numbers(conv.bias), area)  # type: ignore[arg-type]
    if norm is None:
        return steps, shift
    scale = numbers(norm.weight) / np.sqrt(numbers(norm.running_var) + norm.eps)
    offset = numbers(norm.bias) - scale * numbers(norm.running_mean)
    wide = np.repeat(scale, area)
    return steps * wide[:, None], shift * wide + np.repeat(offset, area)


def switches(maps: Values, kernel: int, stride: int, padding: int) -> Values:
    """A max pooling of [channels, rows, columns] as a matrix: each takes its first highest."""
    channels, height, width = maps.shape
    where = np.arange(maps.size).reshape(maps.shape)
    chosen = []
    for channel in range(channels):
        for top in range(-padding, height + padding - kernel + 1, stride):
            for left in range(-padding, width + padding - kernel + 1, stride):
                down = slice(max(0, top), top + kernel)
                across = slice(max(0, left), left + kernel)
                window = maps[channel, down, across]
                chosen.append(where[channel, down, across].flat[window.argmax()])
    found = np.zeros((len(chosen), maps.size))
    found[np.arange(len(chosen)), chosen] = 1
    return found
