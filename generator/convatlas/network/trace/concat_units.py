"""The units of a layer: the channels of concatenations that its filters become."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.network.trace.graph import COPIES, Node
from convatlas.network.trace.successors import AFFINE, NORMS

ACTIVATIONS = (
    "relu relu6 threshold hardtanh clamp clamp_min clamp_max leaky_relu _prelu_kernel prelu"
    " rrelu_with_noise elu celu selu silu gelu mish hardswish hardsigmoid sigmoid tanh softplus"
    " log_sigmoid_forward hardshrink softshrink"
)
RESAMPLINGS = (
    "max_pool2d max_pool2d_with_indices avg_pool2d _adaptive_avg_pool2d adaptive_max_pool2d"
    " upsample_nearest2d upsample_bilinear2d upsample_bicubic2d"
)
NORMALISATIONS = NORMS | {"native_group_norm"}
KEEPING = AFFINE | COPIES | NORMALISATIONS | {*ACTIVATIONS.split(), *RESAMPLINGS.split()}
"""Operations that leave each channel of a map in its place."""

Step = tuple[Node, int, int]
"""A map on a path, its channel that is filter 0, and the index of the last concatenation."""


def units(response: Node) -> tuple[tuple[str, int], ...]:
    """Return the modules whose output is a concatenation of this response with others.

    Only concatenations made during a module's call count: a module that passes on or pools another
    module's output has no units of its own. The network itself is left out, because it has no path.

    Args:
        response: The node of a response of shape [1, filters, height, width].

    Returns:
        For each call of such a module, its path and the channel of its output that is filter 0, in
        the order in which the calls return: of nested modules, the innermost first.
    """
    found = {
        (node.index, place, first, frame.path)
        for node, first, joined in _followed(response)
        for place, frame in enumerate(node.returned)
        if frame.path and frame.since <= joined
    }
    return tuple(dict.fromkeys((path, first) for _, _, first, path in sorted(found)))


def _followed(response: Node) -> Iterator[Step]:
    """Yield every map in which each channel of the response still is a single channel."""
    stack: list[Step] = [(response, 0, -1)]
    met = set(stack)
    while stack:
        node, first, joined = step = stack.pop()
        yield step
        for user in node.consumers:
            after = [(user, first + n, user.index) for n in _offsets(node, user)]
            if _keeps(node, user):
                after.append((user, first, joined))
            stack += [step for step in after if step not in met]
            met.update(after)


def _offsets(node: Node, user: Node) -> Iterator[int]:
    """Yield the channels at which the map starts in a concatenation, if the user is one."""
    if user.op != "cat" or len(user.shape) != 4 or user.settings["dim"] not in (1, -3):
        return
    channels = 0
    for source in user.inputs:
        if source is node:
            yield channels
        # ATen ignores empty tensors of one dimension, whatever the others' shape
        channels += source.shape[1] if len(source.shape) == 4 else 0


def _keeps(node: Node, user: Node) -> bool:
    """Return whether an operation reads no other map and leaves this one's channels in place."""
    seen = [source for source in user.inputs if source.seen]
    return user.op in KEEPING and seen == [node] and user.shape[:2] == node.shape[:2]
