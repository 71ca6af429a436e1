"""The filters that additions tie together, channel by channel: those of residual connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convatlas.model.facts import Tie
from convatlas.network.trace.channels import ADDITIONS, Part, Responses, origins
from convatlas.network.trace.graph import Node


def ties(responses: Responses) -> dict[str, tuple[Tie, ...]]:
    """Return by layer what ties it to layers before it; without layers that nothing ties.

    Each filter of a layer is tied to its nearest predecessor in each sum.
    """
    layers = {node: name for name, (node, _) in responses.items()}
    places = {name: place for place, name in enumerate(responses)}
    found: dict[str, dict[Tie, None]] = {}
    for addition in _additions(responses):
        for axes in {axes for _, axes in responses.values()}:
            arrived = [(layers[part.node], part) for part in origins(addition, axes, responses)]
            arrived.sort(key=lambda each: (places[each[0]], each[1].shift))
            for number, (name, part) in enumerate(arrived):
                for tie in _tied(part, arrived[:number]):
                    found.setdefault(name, {})[tie] = None
    return {name: tuple(own) for name, own in found.items()}


def _additions(responses: Responses) -> list[Node]:
    """Return the additions of maps that come after responses, in the order of their creation."""
    stack, met = [node for node, _ in responses.values()], set[Node]()
    while stack:
        node = stack.pop()
        if node not in met:
            met.add(node)
            stack += node.consumers
    sums = [node for node in met if node.op in ADDITIONS and len(node.shape) == 4]
    several = [node for node in sums if len({each for each in node.inputs if each.seen}) > 1]
    return sorted(several, key=lambda node: node.index)


def _tied(part: Part, before: Sequence[tuple[str, Part]]) -> Iterator[Tie]:
    """Yield what ties each channel to the nearest response before it that has the channel."""
    open_ranges = [(part.low, part.high)]
    for name, other in reversed(before):
        left = []
        for low, high in open_ranges:
            first, last = max(low, other.low), min(high, other.high)
            if first < last:
                yield Tie(name, first + part.shift, first + other.shift, last - first)
                left += [each for each in ((low, first), (last, high)) if each[0] < each[1]]
            else:
                left.append((low, high))
        open_ranges = left
