"""Rules for elementwise operations, norms, reductions and products, and the table of all rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convatlas.network.receptive_fields import shapes, windows
from convatlas.network.receptive_fields.axis import Axis, union
from convatlas.network.receptive_fields.call import Call, Fields, Look, Operand, Rule, Seen


def blind(call: Call, look: Look) -> None:
    """Outputs that do not depend on the picture: only on an operand's shape or on chance."""


def unknown(call: Call, look: Look) -> Seen:
    """The safe answer for unknown operations: outputs depend on all of the picture, if on any."""
    axes = [look(operand) for operand in call.operands()]
    length = next((axis.length for axis in axes if axis is not None), None)
    if length is None:
        return None
    return [Axis.whole(len(shape), length) for shape in call.outputs]


def pointwise(call: Call, look: Look) -> Axis | None:
    """Each element depends on the elements at its position in all operands, which broadcast."""
    axes = [axis for axis in map(look, call.operands()) if axis is not None]
    return union(axes).aligned(call.rank) if axes else None


def copied(call: Call, look: Look) -> Axis | None:
    """``copy_`` and ``fill_``: the previous content is overwritten."""
    source = call.arguments.get("src", call.arguments.get("value"))
    axis = look(source) if isinstance(source, Operand) else None
    return axis and axis.aligned(call.rank)


def scaled(call: Call, look: Look) -> Axis | None:
    """Products, for the local field: a factor that is constant along an axis is ignored.

    Squeeze-and-excitation gates its channels in this way, by a mean over the map.
    """
    rank = call.rank
    seen = [(o, axis.aligned(rank)) for o in call.operands() if (axis := look(o)) is not None]
    carried = {dim for _, axis in seen for dim in range(rank) if axis.jumps[dim].moves}
    kept = [
        axis
        for o, axis in seen
        if any(jump.moves for jump in axis.jumps) or not _gates(o, rank, carried)
    ]
    return union(kept) if kept else None


def _gates(operand: Operand, rank: int, carried: set[int]) -> bool:
    """Return whether a factor has no extent along the dimensions where another has positions."""
    shape = (1,) * (rank - len(operand.shape)) + operand.shape
    return bool(carried) and all(shape[dim] == 1 for dim in carried)


def _dims(call: Call, rank: int) -> list[int]:
    """Return the dimensions that a reduction is over: all of them if none is given."""
    dims = call.arguments.get("dim")
    listed = [dims] if isinstance(dims, int) else dims
    return sorted(dim % rank for dim in listed) if listed else list(range(rank))


def reduction(call: Call, look: Look) -> Axis | None:
    """Sums, means, extremes and norms over dimensions."""
    source = next(call.operands())
    axis, rank = look(source), len(source.shape)
    if axis is None or rank == 0:
        return axis
    dims = _dims(call, rank)
    pooled = axis.pooled(dims)
    return pooled if call.rank == rank else pooled.without(dims)


def along(call: Call, look: Look) -> Axis | None:
    """Softmax, sorting, cumulative sums: along a dimension, everything depends on everything."""
    source = next(call.operands())
    axis = look(source)
    return axis and axis.pooled(_dims(call, len(source.shape)))


def layer_norm(call: Call, look: Look) -> Axis | None:
    """Mean and variance are taken over the last dimensions."""
    axis = look(call.arguments["input"])
    count = len(call.arguments["normalized_shape"])
    return axis and axis.pooled(range(axis.rank - count, axis.rank))


def group_norm(call: Call, look: Look) -> Seen:
    """Mean and variance are taken over positions and the channels of a group."""
    axis = look(call.arguments["input"])
    if axis is None:
        return None
    pooled = axis.pooled(range(1, axis.rank))
    return [pooled, *(pooled.without(range(2, axis.rank)) for _ in call.outputs[1:])]


def batch_norm(call: Call, look: Look) -> Seen:
    """Pointwise with running statistics; without them, mean and variance are over the whole map."""
    axis = look(call.arguments["input"])
    if axis is None or not _uses_batch(call):
        return axis
    pooled = axis.pooled([0, *range(2, axis.rank)])
    statistics = pooled.without([0, *range(2, axis.rank)])
    return [pooled, *(statistics for _ in call.outputs[1:])]


def _uses_batch(call: Call) -> bool:
    """Return whether a batch norm takes its mean and variance from its input."""
    training = call.arguments.get("training", "no_training" not in call.op)
    return bool(training) and "no_update" not in call.op


def normalised(call: Call, look: Look) -> Axis | None:
    """Any norm, for the local field: its statistics are ignored."""
    return look(call.arguments["input"])


def product(call: Call, look: Look) -> Axis | None:
    """Matrix products, with or without an added term: a sum over the inner dimension."""
    *added, left, right = call.operands()
    rows, columns = look(left), look(right)
    terms = [
        rows and rows.pooled([rows.rank - 1]),
        columns and columns.pooled([columns.rank - 2]),
        *map(look, added),
    ]
    seen = [axis for axis in terms if axis is not None]
    return union(seen).aligned(call.rank) if seen else None


def linear(call: Call, look: Look) -> Seen:
    """A linear layer, which acts on the last dimension."""
    if look(call.arguments["weight"]) is not None:
        return unknown(call, look)
    axis = look(call.arguments["input"])
    return axis and axis.pooled([axis.rank - 1])


def linear_fields(source: Fields) -> Fields:
    """Return what the result of a linear layer sees whose weights do not depend on the picture."""
    rows, columns, near_rows, near_columns = (f and f.pooled([f.rank - 1]) for f in source)
    return rows, columns, near_rows, near_columns


def glu(call: Call, look: Look) -> Axis | None:
    """A gated linear unit: one half of a dimension times the sigmoid of the other half."""
    source = call.arguments["self"]
    axis, dim = look(source), call.arguments["dim"] % len(source.shape)
    half = source.shape[dim] // 2
    taps = np.arange(half, dtype=np.int64)[:, None] + np.array([0, half], dtype=np.int64)
    return axis and axis.gathered(dim, source.shape[dim], taps)


def _named(rule: Rule, names: str) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


NORMS = {
    **_named(layer_norm, "native_layer_norm layer_norm _fused_rms_norm"),
    **_named(group_norm, "native_group_norm"),
    **_named(
        batch_norm,
        "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training"
        " cudnn_batch_norm miopen_batch_norm _batch_norm_with_update _batch_norm_no_update",
    ),
}

FULL: dict[str, Rule] = {
    **_named(
        blind,
        "empty_like zeros_like ones_like full_like rand_like randn_like randint_like new_empty"
        " new_zeros new_ones new_full new_empty_strided normal uniform bernoulli random exponential"
        " zero",
    ),
    **_named(copied, "copy fill"),
    **_named(
        pointwise,
        "clone alias detach lift_fresh _to_copy hardswish hardtanh relu6 _prelu_kernel prelu"
        " log_sigmoid_forward rrelu_with_noise native_dropout masked_fill where threshold mul div",
    ),
    **_named(
        reduction,
        "mean sum amax amin max min var std var_mean std_mean prod logsumexp norm any all argmax"
        " argmin median linalg_vector_norm aminmax nanmean nansum",
    ),
    **_named(
        along,
        "_softmax _log_softmax _safe_softmax softmax log_softmax cumsum cumprod sort topk"
        " logcumsumexp",
    ),
    **_named(product, "mm bmm addmm baddbmm"),
    "linear": linear,
    "glu": glu,
    **NORMS,
    **windows.RULES,
    **shapes.RULES,
}
"""The rule for each ATen operation, by its name without the in-place underscore."""

LOCAL: dict[str, Rule] = {**FULL, **_named(scaled, "mul div"), **dict.fromkeys(NORMS, normalised)}
"""The rules for the local field, which ignores global gates and statistics."""


def rule_for(op: str, table: dict[str, Rule], is_pointwise: bool) -> Rule:
    """Return the rule for an operation; those that ATen tags as pointwise need no entry."""
    return table.get(op, pointwise if is_pointwise else unknown)


def followed(rule: Rule, call: Call, look: Look) -> Sequence[Axis | None]:
    """Return what each output sees; None for all of them if no operand sees anything."""
    if all(look(operand) is None for operand in call.operands()):
        return [None] * len(call.outputs)
    seen = rule(call, look)
    return seen if isinstance(seen, Sequence) else [seen] * len(call.outputs)
