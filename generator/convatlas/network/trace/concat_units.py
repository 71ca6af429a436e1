"""The units of a layer: the channels of concatenations that its filters become."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.network.trace.graph import COPIES, Node
from convatlas.network.trace.maps import FIRST, Axes, moved
from convatlas.network.trace.successors import AFFINE, NORMS

ACTIVATIONS = (
    "relu relu6 threshold hardtanh clamp clamp_min clamp_max leaky_relu _prelu_kernel prelu"
    " rrelu_with_noise elu celu selu silu gelu mish hardswish hardsigmoid sigmoid tanh softplus"
    " log_sigmoid_forward hardshrink softshrink"
)
RESAMPLINGS = (
    "max_pool2d max_pool2d_with_indices avg_pool2d _adaptive_avg_pool2d adaptive_max_pool2d"
    " upsample_nearest2d upsample_bilinear2d upsample_bicubic2d reflection_pad2d replication_pad2d"
)
ANYWHERE = AFFINE | COPIES | {*ACTIVATIONS.split()}
"""Operations that leave each channel of a map in its place, whichever axis the channels are."""
SECOND = NORMS | {"native_group_norm", *RESAMPLINGS.split()}
"""Operations that do so if the channels are the second axis."""

Step = tuple[Node, Axes, int, int]
"""A map on a path, its axes, its channel that is filter 0, and the last concatenation's index."""


def units(response: Node, axes: Axes = FIRST) -> tuple[tuple[str, int], ...]:
    """Return the modules whose output is a concatenation of this response with others.

    Only concatenations made during a module's call count: a module that passes on or pools another
    module's output has no units of its own. The network itself is left out, because it has no path.

    Args:
        response: The node of a response to one picture.
        axes: Where it has pictures, filters, rows and columns.

    Returns:
        For each call of such a module, its path and the channel of its output that is filter 0, in
        the order in which the calls return: of nested modules, the innermost first.
    """
    found = {
        (node.index, place, first, frame.path)
        for node, _, first, joined in _followed(response, axes)
        for place, frame in enumerate(node.returned)
        if frame.path and frame.since <= joined
    }
    return tuple(dict.fromkeys((path, first) for _, _, first, path in sorted(found)))


def _followed(response: Node, axes: Axes) -> Iterator[Step]:
    """Yield every map in which each channel of the response still is a single channel."""
    stack: list[Step] = [(response, axes, 0, -1)]
    met = set(stack)
    while stack:
        node, axes, first, joined = step = stack.pop()
        yield step
        for user in node.consumers:
            after = [(user, axes, first + n, user.index) for n in _offsets(node, axes, user)]
            kept = _kept(node, axes, user)
            if kept is not None:
                after.append((user, kept, first, joined))
            stack += [step for step in after if step not in met]
            met.update(after)


def _offsets(node: Node, axes: Axes, user: Node) -> Iterator[int]:
    """Yield the channels at which the map starts in a concatenation, if the user is one."""
    if user.op != "cat" or len(user.shape) != 4 or user.settings["dim"] % 4 != axes[1]:
        return
    channels = 0
    for source in user.inputs:
        if source is node:
            yield channels
        # ATen ignores empty tensors of one dimension, whatever the others' shape
        channels += source.shape[axes[1]] if len(source.shape) == 4 else 0


def _kept(node: Node, axes: Axes, user: Node) -> Axes | None:
    """Return the axes after an operation that reads no other map and keeps the channels."""
    if [source for source in user.inputs if source.seen] != [node]:
        return None
    if user.op not in ANYWHERE and not (user.op in SECOND and axes[1] == 1):
        return moved(axes, user)
    same = len(user.shape) == 4 and all(user.shape[i] == node.shape[i] for i in axes[:2])
    return axes if same else None
