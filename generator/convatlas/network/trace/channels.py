"""Trace channels of a map back to the responses that they come from, one to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from convatlas.network.trace.concat_units import ANYWHERE, SECOND
from convatlas.network.trace.graph import Node
from convatlas.network.trace.maps import FIRST, Axes, order
from convatlas.network.trace.shuffles import SHUFFLES, places, shuffled

ADDITIONS = frozenset({"add", "sub", "rsub"})
PRODUCTS = frozenset({"mul", "div"})
SPLITS = frozenset({"split", "split_with_sizes", "chunk"})
REDUCTIONS = frozenset({"mean", "sum", "amax", "amin"})
NORMS_OF_PLACES = frozenset({"native_layer_norm"})
"""Operations that mix channels in their statistics, but leave each in its place."""

Responses = Mapping[str, tuple[Node, Axes]]
"""By layer, in execution order, the node of its response and its axes."""


@dataclass(frozen=True)
class Part:
    """Some channels of a map, traced back to a tensor that they come from.

    Channel c of the map, for c from ``low`` up to ``high``, is channel c + ``shift`` of the tensor.
    """

    node: Node
    axes: Axes
    shift: int
    low: int
    high: int

    def within(self, node: Node, axes: Axes, start: int) -> Part:
        """Return what comes from a source whose channels begin at ``start`` of this tensor's."""
        low = max(self.low, start - self.shift)
        high = min(self.high, start - self.shift + node.shape[axes[1]])
        return Part(node, axes, self.shift - start, low, high)


def origins(end: Node, axes: Axes, responses: Responses) -> Iterator[Part]:
    """Yield the responses that channels of a map come from one to one."""
    starts = dict(responses.values())
    stack = [Part(end, axes, 0, 0, end.shape[axes[1]])]
    met = set(stack)
    while stack:
        part = stack.pop()
        if part.node in starts:
            if starts[part.node] == part.axes:
                yield part
            continue
        for source in _sources(part):
            if source.low < source.high and source not in met:
                met.add(source)
                stack.append(source)


def _sources(part: Part) -> Iterator[Part]:
    """Yield the tensors that an operation takes the channels from, if it keeps them apart."""
    node, axes = part.node, part.axes
    seen = [each for each in dict.fromkeys(node.inputs) if each.seen]
    if node.op == "cat":
        yield from _concatenated(part)
    elif node.op in ADDITIONS | PRODUCTS:
        whole = (0, 1, 2, 3) if node.op in PRODUCTS else axes[:2]
        for each in seen:
            if len(each.shape) == 4 and all(each.shape[i] == node.shape[i] for i in whole):
                yield replace(part, node=each)
    elif axes == FIRST and node.op in SHUFFLES:
        yield from _unshuffled(part)
    elif len(seen) == 1 and len(seen[0].shape) == len(node.shape) == 4:
        yield from _unary(part, seen[0])


def _concatenated(part: Part) -> Iterator[Part]:
    node, axes = part.node, part.axes
    sources = [each for each in node.inputs if len(each.shape) == 4]
    if node.settings["dim"] % 4 != axes[1]:
        return
    starts = accumulate((each.shape[axes[1]] for each in sources), initial=0)
    for start, each in zip(starts, sources, strict=False):
        yield part.within(each, axes, start)


def _unshuffled(part: Part) -> Iterator[Part]:
    """Yield where each channel of a channel shuffle comes from."""
    found = shuffled(part.node)
    if found is not None:
        source, groups = found
        before = list(places(source.shape[1], groups))
        for channel in range(part.low, part.high):
            shift = before[channel + part.shift] - channel
            yield Part(source, part.axes, shift, channel, channel + 1)


def _unary(part: Part, source: Node) -> Iterator[Part]:
    """Yield where the channels of an operation on one map come from."""
    node, axes = part.node, part.axes
    moves = order(node)
    if moves is not None:
        pictures, channels, rows, columns = (moves[axis] for axis in axes)
        yield replace(part, node=source, axes=(pictures, channels, rows, columns))
    elif node.op == "slice" or node.op in SPLITS:
        start = _start(node, source, axes[1])
        if start is not None:
            yield replace(part, node=source, shift=part.shift + start)
    elif node.op == "constant_pad_nd":
        pads: Sequence[int] = node.settings["pad"]
        place = 2 * (3 - axes[1])
        yield part.within(source, axes, pads[place] if place < len(pads) else 0)
    elif _keeps(node, axes) and all(source.shape[i] == node.shape[i] for i in axes[:2]):
        yield replace(part, node=source)


def _keeps(node: Node, axes: Axes) -> bool:
    """Return whether each channel stays in its place."""
    return node.op in ANYWHERE | REDUCTIONS | NORMS_OF_PLACES or (
        node.op in SECOND and axes[1] == 1
    )


def _start(node: Node, source: Node, channels: int) -> int | None:
    """Return at which channel of its source a part begins; None if it leaves some out."""
    settings = node.settings
    if settings["dim"] % 4 != channels:
        return 0
    if node.op == "slice":
        length = source.shape[channels]
        start = settings["start"] or 0
        start = max(0, start + length) if start < 0 else start
        return start if settings["step"] == 1 else None
    sizes = settings.get("split_sizes", settings.get("split_size"))
    if isinstance(sizes, int):
        return node.output * sizes
    return sum(sizes[: node.output]) if isinstance(sizes, list) else None
