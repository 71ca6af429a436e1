"""Maps with their channels last: how they are told from tokens, and where their axes are."""

from __future__ import annotations

from convatlas.network.receptive_fields.axis import Axis
from convatlas.network.receptive_fields.call import Fields
from convatlas.network.trace.graph import COPIES, Node

Axes = tuple[int, int, int, int]
"""Where a tensor has pictures, channels, rows and columns."""
FIRST: Axes = (0, 1, 2, 3)
LAST: Axes = (0, 3, 1, 2)


def is_map(node: Node) -> bool:
    """Return whether a tensor is one picture's map with its channels last, [1, h, w, channels].

    Only along the second dimension do its elements look at different rows of the picture, and only
    along the third at different columns. So rows of tokens, windows and vectors are no maps, and
    neither is anything after an operation that lets every element see the whole picture.
    """
    rows, columns, _, _ = node.fields
    return (
        len(node.shape) == 4
        and node.shape[0] == 1
        and rows is not None
        and columns is not None
        and _moving(rows) == [1]
        and _moving(columns) == [2]
    )


def _moving(axis: Axis) -> list[int]:
    """Return the dimensions along which elements look at different places."""
    return [dim for dim, jump in enumerate(axis.jumps) if jump.moves]


def fields_of_map(node: Node, axes: Axes) -> Fields:
    """Return a map's fields with its axes in the order of [n, channels, height, width]."""
    rows, columns, near_rows, near_columns = (f and f.permuted(axes) for f in node.fields)
    return rows, columns, near_rows, near_columns


def moved(axes: Axes, by: Node) -> Axes | None:
    """Return where an operation puts axes that it only reorders; None if it does anything else."""
    if by.op in COPIES:
        return axes
    moves = order(by)
    if moves is None:
        return None
    pictures, channels, rows, columns = (moves.index(axis) for axis in axes)
    return pictures, channels, rows, columns


def order(node: Node) -> list[int] | None:
    """Return the axes of an operation's input in the order that it gives them; None if it
    does not reorder them."""
    rank = len(node.shape)
    if rank != 4:
        return None
    if node.op == "permute":
        return [dim % rank for dim in node.settings["dims"]]
    if node.op == "transpose":
        a, b = (node.settings[name] % rank for name in ("dim0", "dim1"))
        axes = list(range(rank))
        axes[a], axes[b] = b, a
        return axes
    return None
