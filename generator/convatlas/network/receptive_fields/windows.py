"""Rules for operations with a window: convolution, pooling, padding, resizing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from convatlas.network.receptive_fields.axis import Axis, Ints, union
from convatlas.network.receptive_fields.call import Call, Look, Rule


def _one_each(value: int | Sequence[int] | None, count: int, default: Sequence[int]) -> list[int]:
    """Expand an argument that may be a number, a list of one number, a full list, or missing."""
    if value is None or value == []:
        return list(default)
    values = [value] if isinstance(value, int) else list(value)
    return values * count if len(values) == 1 else values


def window(count: int, kernel: int, stride: int, padding: int, dilation: int) -> Ints:
    """Return the input indices under a sliding window, [count, kernel]."""
    starts = np.arange(count, dtype=np.int64) * stride - padding
    return starts[:, None] + np.arange(kernel, dtype=np.int64) * dilation


def convolution(call: Call, look: Look) -> Axis | None:
    """Convolution and transposed convolution, grouped or not.

    A weight that is computed from the picture adds everything it sees.
    """
    source, weight = call.arguments["input"], call.arguments["weight"]
    axis, kernel_axis = look(source), look(weight)
    if axis is not None:
        axis = _mixed(axis, source.shape[1], call.outputs[0][1], call.arguments["groups"])
        taps = _transposed if call.arguments["transposed"] else _slid
        for i in range(len(source.shape) - 2):
            axis = taps(axis, call, i)
    if kernel_axis is None:
        return axis
    everything = kernel_axis.pooled(range(kernel_axis.rank)).without(range(kernel_axis.rank))
    return union([a for a in (axis, everything.aligned(call.rank)) if a is not None])


def _mixed(axis: Axis, channels: int, filters: int, groups: int) -> Axis:
    """Each filter sees all channels of its group."""
    if axis.bounds.shape[1] == 1:
        return axis
    if groups == 1:
        return axis.hull(1)
    bounds = axis.bounds
    parts = bounds.reshape(bounds.shape[0], groups, channels // groups, *bounds.shape[2:])
    mixed = parts.min(axis=2).repeat(filters // groups, axis=1)
    return Axis(mixed, axis.jumps, axis.length)


def _slid(axis: Axis, call: Call, i: int) -> Axis:
    """A convolution along its i-th spatial dimension."""
    dim, arguments = i + 2, call.arguments
    kernel = arguments["weight"].shape[dim]
    stride = _one_each(arguments["stride"], i + 1, ())[i]
    padding = _one_each(arguments["padding"], i + 1, ())[i]
    dilation = _one_each(arguments["dilation"], i + 1, ())[i]
    taps = window(call.outputs[0][dim], kernel, stride, padding, dilation)
    return axis.gathered(dim, arguments["input"].shape[dim], taps, stretch=stride)


def _transposed(axis: Axis, call: Call, i: int) -> Axis:
    """A transposed convolution along a dimension: o = input * stride - padding + k * dilation."""
    dim, arguments = i + 2, call.arguments
    kernel = arguments["weight"].shape[dim]
    stride = _one_each(arguments["stride"], i + 1, ())[i]
    padding = _one_each(arguments["padding"], i + 1, ())[i]
    dilation = _one_each(arguments["dilation"], i + 1, ())[i]
    reach = window(call.outputs[0][dim], kernel, 1, -padding, -dilation)
    used = reach % stride == 0
    length = arguments["input"].shape[dim]
    return axis.gathered(dim, length, reach // stride, used, Fraction(1, stride))


def pooling(call: Call, look: Look) -> Axis | None:
    """Max and average pooling over the last dimensions; windows may extend past the end."""
    source = call.arguments["self"]
    axis = look(source)
    kernel = call.arguments["kernel_size"]
    count = len(source.shape) - 2 if isinstance(kernel, int) else _spatial(call, len(kernel))
    sizes = _one_each(kernel, count, ())
    strides = _one_each(call.arguments.get("stride"), count, sizes)
    paddings = _one_each(call.arguments.get("padding"), count, (0,) * count)
    dilations = _one_each(call.arguments.get("dilation"), count, (1,) * count)
    for i in range(count):
        dim = len(source.shape) - count + i
        taps = window(call.outputs[0][dim], sizes[i], strides[i], paddings[i], dilations[i])
        axis = axis and axis.gathered(dim, source.shape[dim], taps, stretch=strides[i])
    return axis


def _spatial(call: Call, listed: int) -> int:
    """Return the number of dimensions pooled over, from the name; a list of one stands for all."""
    return next((n for n in (1, 2, 3) if f"pool{n}d" in call.op), listed)


def adaptive_pooling(call: Call, look: Look) -> Axis | None:
    """Pooling to a given size; to a single element, it is a global operation."""
    source = call.arguments["self"]
    axis = look(source)
    for dim in range(len(source.shape) - _spatial(call, 2), len(source.shape)):
        length, count = source.shape[dim], call.outputs[0][dim]
        if axis is None or length == count:
            continue
        if count == 1:
            axis = axis.pooled([dim])
            continue
        index = np.arange(count, dtype=np.int64)
        starts, ends = index * length // count, -(-(index + 1) * length // count)
        taps = starts[:, None] + np.arange((ends - starts).max(), dtype=np.int64)
        used = taps < ends[:, None]
        axis = axis.gathered(dim, length, taps, used, Fraction(length, count))
    return axis


def padding(call: Call, look: Look, kind: str) -> Axis | None:
    """Constant, reflected and replicated padding; ``pad`` starts from the last dimension."""
    source, pad = call.arguments["self"], call.arguments.get("pad", call.arguments.get("padding"))
    axis = look(source)
    for i in range(len(pad) // 2):
        dim = len(source.shape) - 1 - i
        length = source.shape[dim]
        index = np.arange(call.outputs[0][dim], dtype=np.int64) - pad[2 * i]
        if axis is not None and (pad[2 * i] or pad[2 * i + 1]):
            axis = PADDINGS[kind](axis, dim, length, index)
    return axis


def _constant(axis: Axis, dim: int, length: int, index: Ints) -> Axis:
    return axis.gathered(dim, length, index[:, None])


def _copied(axis: Axis, dim: int, length: int, index: Ints, inside: Ints) -> Axis:
    """Padding that repeats pixels of the picture; in the unclipped field, it counts as zeros do."""
    shown = axis.gathered(dim, length, inside[:, None])
    beyond = axis.gathered(dim, length, index[:, None])
    bounds = np.concatenate([shown.bounds[..., :2], beyond.bounds[..., 2:]], axis=-1)
    return Axis(bounds, axis.jumps, axis.length)


def _reflected(axis: Axis, dim: int, length: int, index: Ints) -> Axis:
    inside = length - 1 - abs(length - 1 - abs(index))
    return _copied(axis, dim, length, index, inside)


def _replicated(axis: Axis, dim: int, length: int, index: Ints) -> Axis:
    return _copied(axis, dim, length, index, np.clip(index, 0, length - 1))


PADDINGS: dict[str, Callable[[Axis, int, int, Ints], Axis]] = {
    "constant": _constant,
    "reflect": _reflected,
    "replicate": _replicated,
}


def resizing(call: Call, look: Look, taps: Callable[..., tuple[Ints, Ints]]) -> Axis | None:
    """Upsampling and downsampling of the last dimensions by interpolation."""
    source = call.arguments["self"]
    axis = look(source)
    count = len(source.shape) - 2
    scales = [call.arguments.get(name) for name in (("scales",) if count == 1 else SCALES[-count:])]
    if "scale_factors" in call.arguments:
        scales = list(call.arguments["scale_factors"] or [None] * count)
    for i in range(count):
        dim = i + 2
        length, size = source.shape[dim], call.outputs[0][dim]
        factor = scales[i]
        scale = 1 / factor if factor else length / size
        index, used = taps(length, size, scale, call.arguments.get("align_corners", False))
        ratio = Fraction(scale).limit_denominator(1000)
        axis = axis and axis.gathered(dim, length, index, used, ratio)
    return axis


SCALES = ("scales_d", "scales_h", "scales_w")


def nearest(length: int, size: int, scale: float, _: bool, shift: float = 0.0) -> tuple[Ints, Ints]:
    """Return the input index that each output shows; ``shift`` is 0.5 for ``nearest-exact``."""
    place = (np.arange(size, dtype=np.float32) + np.float32(shift)) * np.float32(scale)
    index = np.minimum(place.astype(np.int64), length - 1)[:, None]
    return index, np.ones_like(index)


def interpolated(
    length: int, size: int, scale: float, corners: bool, before: int, after: int
) -> tuple[Ints, Ints]:
    """Return the input indices of linear (0 before, 1 after) or cubic (1, 2) interpolation.

    If the sampling point coincides with an input, the other inputs have no weight. Indices are
    clamped at the border.
    """
    place = np.arange(size, dtype=np.float64)
    if corners:
        place = place * ((length - 1) / (size - 1) if size > 1 else 0.0)
    else:
        place = (place + 0.5) * scale - 0.5
        place = place if before else np.maximum(place, 0)
    floor = np.floor(place + 1e-7).astype(np.int64)
    offsets = np.arange(-before, after + 1, dtype=np.int64)
    exact = np.abs(place - floor) < 1e-6
    used = ~exact[:, None] | (offsets == 0)
    return np.clip(floor[:, None] + offsets, 0, length - 1), used.astype(np.int64)


_LINEAR = partial(resizing, taps=partial(interpolated, before=0, after=1))
_CUBIC = partial(resizing, taps=partial(interpolated, before=1, after=2))
_NEAREST = partial(resizing, taps=nearest)
_EXACT = partial(resizing, taps=partial(nearest, shift=0.5))

RULES: dict[str, Rule] = {
    "convolution": convolution,
    "convolution_overrideable": convolution,
    "_convolution": convolution,
    **dict.fromkeys(
        [
            *(f"max_pool{n}d" for n in (1, 2, 3)),
            *(f"max_pool{n}d_with_indices" for n in (2, 3)),
            *(f"avg_pool{n}d" for n in (1, 2, 3)),
        ],
        pooling,
    ),
    **dict.fromkeys(
        [
            *(f"_adaptive_avg_pool{n}d" for n in (2, 3)),
            *(f"adaptive_avg_pool{n}d" for n in (1, 2, 3)),
            *(f"adaptive_max_pool{n}d" for n in (1, 2, 3)),
        ],
        adaptive_pooling,
    ),
    "constant_pad_nd": partial(padding, kind="constant"),
    **{f"reflection_pad{n}d": partial(padding, kind="reflect") for n in (1, 2, 3)},
    **{f"replication_pad{n}d": partial(padding, kind="replicate") for n in (1, 2, 3)},
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), _LINEAR),
    "upsample_bicubic2d": _CUBIC,
    **{f"upsample_nearest{n}d": _NEAREST for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": _EXACT for n in (1, 2, 3)},
}
