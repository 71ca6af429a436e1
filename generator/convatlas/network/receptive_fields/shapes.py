"""Rules for operations that rearrange elements without computing anything."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from convatlas.network.receptive_fields.axis import Axis, Ints, joined
from convatlas.network.receptive_fields.call import Call, Look, Operand, Rule, Seen


def _source(call: Call) -> Operand:
    source: Operand = call.arguments["self"]
    return source


def _index(values: Any) -> Ints:
    """Return one tap for each output element."""
    return np.asarray(values, dtype=np.int64)[:, None]


def reshape(call: Call, look: Look) -> Axis | None:
    """``view`` and similar operations."""
    axis = look(_source(call))
    return axis and axis.reshaped(_source(call).shape, call.outputs[0])


def expand(call: Call, look: Look) -> Axis | None:
    """Dimensions of length one repeated; the new elements all see the same."""
    axis = look(_source(call))
    if axis is None:
        return None
    axis = axis.aligned(call.rank)
    old = (1,) * (call.rank - len(_source(call).shape)) + _source(call).shape
    grown = [dim for dim in range(call.rank) if old[dim] != call.outputs[0][dim]]
    for dim in grown:
        axis = axis.hull(dim)
    return axis


def permute(call: Call, look: Look) -> Axis | None:
    """The dimensions reordered."""
    axis = look(_source(call))
    return axis and axis.permuted([dim % axis.rank for dim in call.arguments["dims"]])


def transpose(call: Call, look: Look) -> Axis | None:
    """Two dimensions exchanged; ``t`` has no arguments and exchanges the only two."""
    axis = look(_source(call))
    if axis is None or axis.rank < 2:
        return axis
    order = list(range(axis.rank))
    a, b = call.arguments.get("dim0", 0) % axis.rank, call.arguments.get("dim1", 1) % axis.rank
    order[a], order[b] = order[b], order[a]
    return axis.permuted(order)


def unsqueeze(call: Call, look: Look) -> Axis | None:
    """A dimension of length one inserted."""
    axis = look(_source(call))
    return axis and axis.inserted(call.arguments["dim"] % call.rank)


def squeeze(call: Call, look: Look) -> Axis | None:
    """Dimensions of length one removed: those given, or all."""
    axis, shape = look(_source(call)), _source(call).shape
    dims = call.arguments.get("dim", range(len(shape)))
    named = [dims] if isinstance(dims, int) else dims
    return axis and axis.without([d % len(shape) for d in named if shape[d] == 1])


def select(call: Call, look: Look) -> Axis | None:
    """One index of a dimension, which is removed."""
    axis, shape = look(_source(call)), _source(call).shape
    dim = call.arguments["dim"] % len(shape)
    taps = _index([call.arguments["index"] % shape[dim]])
    return axis and axis.gathered(dim, shape[dim], taps).without([dim])


def slice_(call: Call, look: Look) -> Axis | None:
    """A part of a dimension, or every ``step``-th element of it."""
    axis, shape = look(_source(call)), _source(call).shape
    dim, step = call.arguments["dim"] % len(shape), call.arguments["step"]
    wanted = slice(call.arguments["start"], call.arguments["end"], step)
    taps = _index(range(shape[dim])[wanted])
    return axis and axis.gathered(dim, shape[dim], taps, stretch=step)


def split(call: Call, look: Look) -> Seen:
    """A dimension split into pieces, one output for each."""
    axis, shape = look(_source(call)), _source(call).shape
    dim, start, pieces = call.arguments["dim"] % len(shape), 0, []
    for output in call.outputs:
        taps = _index(range(start, start + output[dim]))
        pieces.append(axis and axis.gathered(dim, shape[dim], taps))
        start += output[dim]
    return pieces


def unbind(call: Call, look: Look) -> Seen:
    """A dimension removed, with one output for each index."""
    axis, shape = look(_source(call)), _source(call).shape
    dim = call.arguments["dim"] % len(shape)
    return [
        axis and axis.gathered(dim, shape[dim], _index([i])).without([dim])
        for i in range(len(call.outputs))
    ]


def cat(call: Call, look: Look) -> Axis | None:
    """Tensors concatenated; empty ones of any shape are ignored, as in ATen."""
    every = call.arguments["tensors"]
    tensors = [o for o in every if o.shape != (0,)] or every
    axes, dim = [look(o) for o in tensors], call.arguments["dim"] % call.rank
    return joined(axes, [o.shape for o in tensors], dim) if any(axes) else None


def stack(call: Call, look: Look) -> Axis | None:
    """Tensors concatenated along a new dimension."""
    tensors, dim = call.arguments["tensors"], call.arguments["dim"] % call.rank
    axes = [axis and axis.inserted(dim) for axis in map(look, tensors)]
    return joined(axes, [(*o.shape[:dim], 1, *o.shape[dim:]) for o in tensors], dim)


def flip(call: Call, look: Look) -> Axis | None:
    """Dimensions reversed."""
    axis, shape = look(_source(call)), _source(call).shape
    for dim in call.arguments["dims"]:
        taps = _index(range(shape[dim])[::-1])
        axis = axis and axis.gathered(dim % len(shape), shape[dim], taps, stretch=-1)
    return axis


def roll(call: Call, look: Look) -> Axis | None:
    """Dimensions rotated cyclically."""
    axis, shape = look(_source(call)), _source(call).shape
    if not call.arguments["dims"]:
        flat = axis and axis.reshaped(shape, (prod(shape),))
        return flat and flat.pooled([0]).aligned(len(shape))
    for dim, shift in zip(call.arguments["dims"], call.arguments["shifts"], strict=True):
        taps = _index((np.arange(shape[dim]) - shift) % shape[dim])
        axis = axis and axis.gathered(dim % len(shape), shape[dim], taps)
    return axis


def repeat(call: Call, look: Look) -> Axis | None:
    """The tensor tiled."""
    axis = look(_source(call))
    shape = (1,) * (call.rank - len(_source(call).shape)) + _source(call).shape
    axis = axis and axis.aligned(call.rank)
    for dim, size in enumerate(call.outputs[0]):
        if size != shape[dim]:
            axis = axis and axis.gathered(dim, shape[dim], _index(np.arange(size) % shape[dim]))
    return axis


def index(call: Call, look: Look) -> Axis | None:
    """One dimension indexed by a list that does not depend on the picture; otherwise, all of it."""
    axis, shape = look(_source(call)), _source(call).shape
    listed = call.arguments.get("indices", call.arguments.get("index"))
    indices = listed if isinstance(listed, Sequence) else [None] * call.arguments["dim"] + [listed]
    named = [(dim, operand) for dim, operand in enumerate(indices) if operand is not None]
    dim, operand = named[0]
    plain = len(named) == 1 and len(operand.shape) == 1 and not operand.tensor.is_floating_point()
    if axis is None or not plain or look(operand) is not None or operand.tensor.dtype.itemsize < 2:
        return Axis.whole(call.rank, next(a.length for a in map(look, call.operands()) if a))
    taps = np.asarray(operand.tensor.tolist(), dtype=np.int64) % shape[dim]
    return axis.gathered(dim, shape[dim], taps[:, None])


def pixel_shuffle(call: Call, look: Look) -> Axis | None:
    """Channels rearranged into blocks of pixels."""
    axis, shape = look(_source(call)), _source(call).shape
    factor = call.arguments["upscale_factor"]
    for dim in (len(shape) - 2, len(shape) - 1):
        taps = _index(np.arange(shape[dim] * factor) // factor)
        axis = axis and axis.gathered(dim, shape[dim], taps, stretch=Fraction(1, factor))
    return axis and axis.hull(len(shape) - 3)


def pixel_unshuffle(call: Call, look: Look) -> Axis | None:
    """Blocks of pixels rearranged into channels."""
    axis, shape = look(_source(call)), _source(call).shape
    factor = call.arguments["downscale_factor"]
    for dim in (len(shape) - 2, len(shape) - 1):
        taps = np.arange(shape[dim], dtype=np.int64).reshape(-1, factor)
        axis = axis and axis.gathered(dim, shape[dim], taps, stretch=factor)
    return axis and axis.hull(len(shape) - 3)


def channel_shuffle(call: Call, look: Look) -> Axis | None:
    """The channels of groups interleaved."""
    axis, shape = look(_source(call)), _source(call).shape
    taps = np.arange(shape[1], dtype=np.int64).reshape(call.arguments["groups"], -1).T.ravel()
    return axis and axis.gathered(1, shape[1], taps[:, None])


RULES: dict[str, Rule] = {
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "_reshape_alias", "view_copy"), reshape),
    "expand": expand,
    "permute": permute,
    **dict.fromkeys(("transpose", "t"), transpose),
    "unsqueeze": unsqueeze,
    "squeeze": squeeze,
    "select": select,
    "slice": slice_,
    **dict.fromkeys(
        ("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes", "unsafe_chunk"),
        split,
    ),
    "unbind": unbind,
    "cat": cat,
    "stack": stack,
    "flip": flip,
    "roll": roll,
    "repeat": repeat,
    **dict.fromkeys(("index", "index_select"), index),
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), channel_shuffle),
}
