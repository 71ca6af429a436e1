"""A layer's receptive field, as the records tell it, from what its response's elements see."""

from __future__ import annotations

from convatlas.model.records import ReceptiveField, Spans
from convatlas.network.receptive_fields.axis import FAR, Axis, Ints


def receptive_field(
    rows: Axis | None, columns: Axis | None, shape: tuple[int, ...]
) -> ReceptiveField:
    """The field of a response of shape [n, filters, height, width].

    ``rows`` and ``columns`` are its two axes; None where it does not depend on the picture. It is
    that of the layer: where filters see different parts, their hull.
    """
    vertical, horizontal = _along(rows, 2, shape[2]), _along(columns, 3, shape[3])
    sizes = (_size(vertical), _size(horizontal))
    size = None if sizes[0] is None or sizes[1] is None else (sizes[0], sizes[1])
    return ReceptiveField(size, _spans(vertical, shape[2]), _spans(horizontal, shape[3]))


def whole_image(image: tuple[int, int], shape: tuple[int, ...]) -> ReceptiveField:
    """The field of a response about which nothing is known: for each position the whole image."""
    return ReceptiveField(None, ((0, image[0]),) * shape[2], ((0, image[1]),) * shape[3])


def _along(axis: Axis | None, dim: int, count: int) -> Ints | None:
    """The bounds for each of ``count`` positions along a dimension, the hull over all others."""
    if axis is None:
        return None
    others = tuple(d for d in range(axis.rank) if d != dim)
    bounds: Ints = axis.bounds.min(axis=others)
    return bounds.repeat(count, axis=0) if len(bounds) == 1 else bounds


def _size(bounds: Ints | None) -> int | None:
    """The unclipped length of the longest interval; None where a global operation made it."""
    if bounds is None:
        return 0
    if (bounds[:, 2:] < -FAR).any():
        return None
    lengths = -bounds[:, 3] - bounds[:, 2]
    return max(0, int(lengths.max()))


def _spans(bounds: Ints | None, count: int) -> Spans:
    """The clipped intervals; an empty one for a position that sees nothing."""
    if bounds is None:
        return ((0, 0),) * count
    return tuple(
        (first, -negative) if first < -negative else (0, 0)
        for first, negative in bounds[:, :2].tolist()
    )
