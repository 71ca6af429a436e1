"""Channel shuffles, as of ShuffleNet: channels in groups, taken from one group after the other."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.network.trace.graph import COPIES, Node

VIEWS = frozenset({"view", "_unsafe_view"})
SHUFFLES = VIEWS | {"channel_shuffle"}
"""Operations that may end a channel shuffle."""


def shuffled(node: Node) -> tuple[Node, int] | None:
    """Return the map [n, channels, ...] that a channel shuffle is of, and its number of groups.

    It is seen as [n, groups, channels of a group, ...], and these two are exchanged.
    """
    if node.op == "channel_shuffle":
        return node.inputs[0], node.settings["groups"]
    moved = _before(node) if node.op in VIEWS else None
    if moved is None or not _exchanges(moved):
        return None
    parts = _before(moved)
    if parts is None or parts.op not in VIEWS:
        return None
    source = _before(parts)
    if source is None or not len(source.shape) == len(node.shape) == 4:
        return None
    groups = parts.shape[1]
    expected = (source.shape[0], groups, source.shape[1] // groups)
    whole = tuple(parts.shape[:3]) == expected and tuple(node.shape) == tuple(source.shape)
    return (source, groups) if whole else None


def places(channels: int, groups: int) -> Iterator[int]:
    """Yield which channel each channel of a shuffle was."""
    for channel in range(channels):
        place, group = divmod(channel, groups)
        yield group * (channels // groups) + place


def _before(node: Node) -> Node | None:
    """Return what an operation is applied to, without copies; None if that is not one tensor."""
    while len(node.inputs) == 1:
        (node,) = node.inputs
        if node.op not in COPIES:
            return node
    return None


def _exchanges(node: Node) -> bool:
    """Return whether an operation exchanges the second and third axis, and no others."""
    rank = len(node.shape)
    if node.op == "permute":
        dims = [dim % rank for dim in node.settings["dims"]]
        return dims == [0, 2, 1, *range(3, rank)]
    if node.op == "transpose":
        return {node.settings[name] % rank for name in ("dim0", "dim1")} == {1, 2}
    return False
