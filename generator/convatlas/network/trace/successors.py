"""What follows a convolution: its batch norm and its activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convatlas.network.trace.graph import COPIES, Node
from convatlas.network.trace.maps import FIRST, Axes, moved

NORMS = frozenset(
    {
        "native_batch_norm",
        "_native_batch_norm_legit",
        "_native_batch_norm_legit_no_training",
        "cudnn_batch_norm",
        "miopen_batch_norm",
        "_batch_norm_with_update",
        "_batch_norm_no_update",
    }
)
AFFINE = frozenset({"add", "sub", "rsub", "mul", "div", "addcmul"})
MOVES = COPIES | {"view", "_unsafe_view", "permute", "transpose", "unsqueeze", "squeeze"}
"""Operations that compute nothing, so that the operation after them counts as the next one."""
ACTIVATIONS = frozenset(
    {
        *("relu", "relu6", "hardtanh", "threshold", "clamp", "clamp_min", "leaky_relu", "rrelu"),
        *("prelu", "_prelu_kernel", "elu", "celu", "selu", "silu", "gelu", "mish", "softplus"),
        *("hardswish", "hardsigmoid", "sigmoid", "log_sigmoid", "tanh", "softsign"),
        *("hardshrink", "softshrink", "tanhshrink"),
    }
)
"""Nonlinearities that act on each value by itself."""
LIMITS = {"hardtanh": "min_val", "clamp": "min", "clamp_min": "min"}
"""Operations that clip from below, and the argument that holds the limit."""
SPELLINGS = {
    "iadd": "add",
    "radd": "add",
    "isub": "sub",
    "rsub": "sub",
    "imul": "mul",
    "rmul": "mul",
    "truediv": "div",
    "itruediv": "div",
    "max_pool2d_with_indices": "max_pool2d",
}


class Norm(NamedTuple):
    """The steps of a batch norm, and where its result has pictures, channels, rows and columns.

    Without a norm there are no steps, and the axes are those of the convolution's own result.
    """

    steps: Sequence[Node]
    axes: Axes


def norm_after(node: Node, axes: Axes = FIRST) -> Norm:
    """Return what the batch norm that directly follows computes one after the other, if any.

    The norm counts only if nothing else uses the convolution's output. A batch norm is either
    ATen's, or arithmetic with constants in a module named so, as in torchvision's
    ``FrozenBatchNorm2d``. Channels that are last may be brought to the front before it.
    """
    moves = _moves_to_front(node, axes)
    if moves and (steps := norm_after(moves[-1]).steps):
        return Norm([*moves, *steps], FIRST)
    users = list(node.used_by())
    if len(users) == 1 and users[0].op in NORMS and users[0].function != "instance_norm":
        return Norm(users, axes)
    results: list[Node] = []
    while (after := _affine(node)) is not None:
        if results and after.frame is not node.frame:
            break
        results.append(after)
        node = after
    return Norm(results, axes)


def _moves_to_front(node: Node, axes: Axes) -> list[Node]:
    """Return the maps on the way to one with its channels first, if nothing else happens."""
    steps: list[Node] = []
    while axes != FIRST:
        users = list(node.used_by())
        after = moved(axes, users[0]) if len(users) == 1 else None
        if after is None:
            return []
        node, axes = users[0], after
        steps.append(node)
    return steps


def _affine(node: Node) -> Node | None:
    """Return the node's only use if it scales or shifts by constants in a batch norm module."""
    users = list(node.used_by())
    if len(users) != 1 or users[0].op not in AFFINE or users[0].frame is None:
        return None
    constants = sum(source.seen for source in users[0].inputs) == 1
    return users[0] if constants and "BatchNorm" in type(users[0].frame.module).__name__ else None


def activation_after(node: Node, axes: Axes) -> Norm:
    """Return the nonlinearity that directly follows, and the axes of its result.

    It acts on each value by itself, is one call, and nothing else uses the node. Channels that are
    last may be brought to the front before it. Where there is none, for instance because a residual
    addition comes first, there are no steps: the network goes on with the node itself.
    """
    found = _activation(node)
    if found is not None:
        return Norm([found], axes)
    moves = _moves_to_front(node, axes)
    found = _activation(moves[-1]) if moves else None
    return Norm([], axes) if found is None else Norm([*moves, found], FIRST)


def _activation(node: Node) -> Node | None:
    """Return the nonlinearity that is the only use of a node, or None."""
    users = list(node.used_by())
    if len(users) != 1:
        return None
    (user,) = users
    single = user.op in ACTIVATIONS and user.call is not None and user.shape == node.shape
    return user if single and _reads(user, node) else None


def _reads(user: Node, node: Node) -> bool:
    """Return whether all that an operation reads of the picture is a node, or a copy of it."""
    return all(source is node or _copy_of(source, node) for source in user.inputs if source.seen)


def _copy_of(source: Node, node: Node) -> bool:
    """Return whether a node is a copy of another one."""
    while source.op in COPIES and source.inputs:
        (source,) = source.inputs[:1]
        if source is node:
            return True
    return False


def next_operation(node: Node) -> str | None:
    """Return the name of the function that is applied next, or None at the end of the network."""
    user = next(node.used_by(MOVES), None)
    if user is None:
        return None
    name = (user.function or user.op).strip("_")
    if name == "hardtanh" and (user.settings["min_val"], user.settings["max_val"]) == (0, 6):
        return "relu6"
    return SPELLINGS.get(name, name)


def rectified(node: Node) -> bool:
    """Return whether every use of the response first clips everything below zero."""
    users = list(node.used_by(MOVES))
    return bool(users) and all(_rectifies(user) for user in users)


def _rectifies(node: Node) -> bool:
    """Return whether an operation is a rectifier; max pooling may come before it."""
    if node.op in ("relu", "relu6"):
        return True
    if node.op == "threshold":
        return bool(node.settings["threshold"] == node.settings["value"] == 0)
    if node.op in LIMITS:
        return bool(node.settings.get(LIMITS[node.op]) == 0)
    return node.op.startswith("max_pool2d") and rectified(node)
