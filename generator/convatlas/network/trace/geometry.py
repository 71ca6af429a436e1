"""The geometry of a convolution: from its module, or from the arguments of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

PARAMETERS = {
    "conv2d": "input weight bias stride padding dilation groups",
    "conv_transpose2d": "input weight bias stride padding output_padding groups dilation",
    "convolution": "input weight bias stride padding dilation transposed output_padding groups",
    "_convolution": "input weight bias stride padding dilation transposed output_padding groups",
    "linear": "input weight bias",
}
"""The parameters of the functions that convolve, in their order."""


@dataclass(frozen=True)
class Geometry:
    """What a layer's record says of its convolution's shape; of sides, height comes first."""

    filters: int
    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    transposed: bool = False


def bound(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call of one of these functions by the names of its parameters."""
    return {**dict(zip(PARAMETERS[function].split(), args, strict=False)), **kwargs}


def of_module(module: nn.Conv2d | nn.ConvTranspose2d) -> Geometry:
    """Return the geometry that a convolution module declares."""
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    return Geometry(
        filters=module.out_channels,
        channels=module.in_channels,
        kernel=kernel,
        stride=_pair(module.stride),
        padding=_padding(module.padding, kernel, dilation),
        dilation=dilation,
        groups=module.groups,
        transposed=isinstance(module, nn.ConvTranspose2d),
    )


def of_call(function: str, arguments: Mapping[str, Any]) -> Geometry:
    """Return the geometry of a call whose input is one picture's map."""
    filters, channels, *sides = arguments["weight"].shape
    if function == "linear":
        return Geometry(filters, channels)
    groups = arguments.get("groups", 1)
    transposed = function == "conv_transpose2d" or bool(arguments.get("transposed", False))
    kernel, dilation = _pair(sides), _pair(arguments.get("dilation", 1))
    return Geometry(
        filters=channels * groups if transposed else filters,
        channels=filters if transposed else channels * groups,
        kernel=kernel,
        stride=_pair(arguments.get("stride", 1)),
        padding=_padding(arguments.get("padding", 0), kernel, dilation),
        dilation=dilation,
        groups=groups,
        transposed=transposed,
    )


def _pair(value: Any) -> tuple[int, int]:
    """Return a number, or one number for each axis, as a pair."""
    if isinstance(value, int):
        return value, value
    values = tuple(value)
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])


def _padding(value: Any, kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """Return padding as numbers; of ``same``, if two sides differ, the smaller one."""
    if value == "valid":
        return 0, 0
    if value == "same":
        return dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2
    return _pair(value)
