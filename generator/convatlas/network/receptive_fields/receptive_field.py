"""The receptive field of a layer, as records store it."""

from __future__ import annotations

from convatlas.model.facts import ReceptiveField, Spans
from convatlas.network.receptive_fields.axis import FAR, Axis, Ints


def receptive_field(
    rows: Axis | None, columns: Axis | None, shape: tuple[int, ...]
) -> ReceptiveField:
    """Return the field of a response of shape [n, filters, height, width].

    ``rows`` and ``columns`` are the response's axes, or None if it does not depend on the picture.
    If filters see different parts, the layer's field is their hull.
    """
    vertical, horizontal = _along(rows, 2, shape[2]), _along(columns, 3, shape[3])
    sizes = (_size(vertical), _size(horizontal))
    size = None if sizes[0] is None or sizes[1] is None else (sizes[0], sizes[1])
    return ReceptiveField(size, _spans(vertical, shape[2]), _spans(horizontal, shape[3]))


def whole_image(image: tuple[int, int], shape: tuple[int, ...]) -> ReceptiveField:
    """Return the field of a response that could not be traced: always the whole image."""
    return ReceptiveField(None, ((0, image[0]),) * shape[2], ((0, image[1]),) * shape[3])


def _along(axis: Axis | None, dim: int, count: int) -> Ints | None:
    """Return the bounds of ``count`` positions along a dimension, as the hull over all others."""
    if axis is None:
        return None
    others = tuple(d for d in range(axis.rank) if d != dim)
    bounds: Ints = axis.bounds.min(axis=others)
    return bounds.repeat(count, axis=0) if len(bounds) == 1 else bounds


def _size(bounds: Ints | None) -> int | None:
    """Return the unclipped length of the longest interval, or None after a global operation."""
    if bounds is None:
        return 0
    if (bounds[:, 2:] < -FAR).any():
        return None
    lengths = -bounds[:, 3] - bounds[:, 2]
    return max(0, int(lengths.max()))


def _spans(bounds: Ints | None, count: int) -> Spans:
    """Return the clipped intervals; that of a position that sees nothing is empty."""
    if bounds is None:
        return ((0, 0),) * count
    return tuple(
        (first, -negative) if first < -negative else (0, 0)
        for first, negative in bounds[:, :2].tolist()
    )
