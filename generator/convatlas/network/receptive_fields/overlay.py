"""What a tensor sees after a tensor that shares its memory has been written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from convatlas.network.receptive_fields.axis import NEVER, Axis, Ints, Shape


@dataclass(frozen=True)
class Geometry:
    """A tensor's position in its storage: offset, sizes and strides, in elements."""

    offset: int
    sizes: Shape
    strides: tuple[int, ...]

    @property
    def last(self) -> int:
        """The offset of the last element."""
        steps = zip(self.sizes, self.strides, strict=True)
        return self.offset + sum((size - 1) * stride for size, stride in steps)

    def apart(self, other: Geometry) -> bool:
        """Return whether two tensors cannot overlap, because one ends before the other starts."""
        return self.last < other.offset or other.last < self.offset or 0 in self.sizes

    @property
    def contiguous(self) -> bool:
        """Whether the elements are in order, without gaps."""
        expected = 1
        for size, stride in zip(reversed(self.sizes), reversed(self.strides), strict=True):
            if size != 1 and stride != expected:
                return False
            expected *= size
        return True

    def inserted(self, dim: int) -> Geometry:
        """Return the geometry with an additional dimension of length one before ``dim``."""
        sizes = (*self.sizes[:dim], 1, *self.sizes[dim:])
        return Geometry(self.offset, sizes, (*self.strides[:dim], 1, *self.strides[dim:]))


def overlay(
    target: Axis | None, place: Geometry, written: Axis | None, region: Geometry
) -> Axis | None:
    """Return what ``target`` at ``place`` sees after ``written`` has been written at ``region``.

    Exact if one of them is a slice or a view of the other; otherwise, the whole picture.
    """
    if target is None and written is None:
        return None
    same = place.contiguous and region.contiguous and place.offset == region.offset
    if same and place.last == region.last:
        return written and written.reshaped(region.sizes, place.sizes)
    larger, smaller = (
        (place, region)
        if place.last - place.offset >= region.last - region.offset
        else (region, place)
    )
    added = _missing(larger, smaller)
    slices = None if added is None else _slices(larger, _with(smaller, added))
    if slices is None:
        length = next(axis.length for axis in (target, written) if axis is not None)
        return Axis.whole(len(place.sizes), length)
    if larger is region:
        return _cut(written, region, slices, added or [])
    for dim in added or []:
        written = written and written.inserted(dim)
    return _put(target, place, written, slices)


def _missing(larger: Geometry, smaller: Geometry) -> list[int] | None:
    """Return the dimensions that the smaller tensor lacks because it selects one index of each."""
    missing, taken = [], 0
    for dim, (size, stride) in enumerate(zip(larger.sizes, larger.strides, strict=True)):
        rest = len(smaller.sizes) - taken
        fits = rest == len(larger.sizes) - dim or (
            rest > 0
            and smaller.sizes[taken] <= size
            and smaller.strides[taken] % max(stride, 1) == 0
        )
        if fits:
            taken += 1
        else:
            missing.append(dim)
    return missing if taken == len(smaller.sizes) else None


def _with(geometry: Geometry, dims: list[int]) -> Geometry:
    for dim in dims:
        geometry = geometry.inserted(dim)
    return geometry


def _slices(larger: Geometry, smaller: Geometry) -> tuple[slice, ...] | None:
    """Return which slice of the larger tensor the smaller one is, or None if it is none."""
    rest = smaller.offset - larger.offset
    slices = [slice(0, 1)] * len(larger.sizes)
    for dim in sorted(range(len(slices)), key=lambda d: -larger.strides[d]):
        size, stride = larger.sizes[dim], larger.strides[dim]
        if size == 1:
            continue
        if stride == 0:
            return None
        start, rest = divmod(rest, stride)
        count = smaller.sizes[dim]
        step, uneven = divmod(smaller.strides[dim], stride) if count > 1 else (1, 0)
        if uneven or step < 1 or start < 0 or start + (count - 1) * step >= size:
            return None
        slices[dim] = slice(start, start + (count - 1) * step + 1, step)
    return tuple(slices) if rest == 0 else None


def _cut(
    axis: Axis | None, place: Geometry, slices: tuple[slice, ...], gone: list[int]
) -> Axis | None:
    """Return the part of the written tensor that is in a slice of it."""
    for dim, part in enumerate(slices):
        taps = np.arange(place.sizes[dim], dtype=np.int64)[part][:, None]
        axis = axis and axis.gathered(dim, place.sizes[dim], taps, stretch=part.step or 1)
    return axis and axis.without(gone)


def _put(
    target: Axis | None, place: Geometry, written: Axis | None, slices: tuple[slice, ...]
) -> Axis:
    """Replace a slice of the target."""
    model = target or written
    assert model is not None
    cut = [len(range(*s.indices(n))) != n for s, n in zip(slices, place.sizes, strict=True)]
    shape = tuple(
        size if partial else max(_size(target, dim), _size(written, dim))
        for dim, (size, partial) in enumerate(zip(place.sizes, cut, strict=True))
    )
    bounds: Ints = np.full((*shape, 4), NEVER, dtype=np.int64)
    if target is not None:
        bounds[...] = target.bounds
    where = tuple(s if partial else slice(None) for s, partial in zip(slices, cut, strict=True))
    bounds[where] = NEVER if written is None else written.bounds
    return replace(model, bounds=bounds)


def _size(axis: Axis | None, dim: int) -> int:
    return 1 if axis is None else axis.bounds.shape[dim]
