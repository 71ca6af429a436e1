"""The receptive fields of a tensor's elements along one spatial axis, by interval arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

import numpy as np
from numpy.typing import NDArray

from convatlas.network.receptive_fields.jump import STEP, STILL, Jump, common

Ints = NDArray[np.int64]
Shape = tuple[int, ...]

NEVER = 1 << 40
"""The neutral bound in a minimum: the element sees nothing."""
UNBOUNDED = -NEVER
"""The absorbing bound in a minimum: a global operation lets the element see everything."""
FAR = NEVER >> 1
"""Any bound beyond this is NEVER or UNBOUNDED, no matter how it was shifted."""
LARGEST = 1 << 20
"""Maximum number of elements for which a reshape is exact; beyond it, the hull is used."""


@dataclass(frozen=True, eq=False)
class Axis:
    """For each element of a tensor, the interval of input pixels it depends on, along one axis.

    Attributes:
        bounds: Two half-open intervals per element, clipped to the picture and unclipped, as [...,
            4]: (first, -end, first, -end), so that a union is always a minimum. Dimensions along
            which all elements see the same have length one.
        jumps: For each dimension, how many pixels further the next element looks; this gives the
            fields of elements in the padding.
        length: The input's length along this axis, in pixels.
    """

    bounds: Ints
    jumps: tuple[Jump, ...]
    length: int

    @classmethod
    def of_input(cls, rank: int, dim: int, length: int) -> Axis:
        """Return the axis of the input: the pixel at index i along ``dim`` sees [i, i + 1)."""
        first = np.arange(length, dtype=np.int64)
        bounds = np.stack([first, -first - 1, first, -first - 1], axis=-1)
        shape = [1] * rank
        shape[dim] = length
        jumps = tuple(STEP if d == dim else STILL for d in range(rank))
        return cls(bounds.reshape(*shape, 4), jumps, length)

    @classmethod
    def whole(cls, rank: int, length: int) -> Axis:
        """Return the axis of a tensor whose elements all see the whole picture."""
        bounds = np.array([0, -length, UNBOUNDED, UNBOUNDED], dtype=np.int64)
        return cls(bounds.reshape(*(1,) * rank, 4), (STILL,) * rank, length)

    @property
    def rank(self) -> int:
        """Number of the tensor's dimensions."""
        return len(self.jumps)

    def hull(self, dim: int) -> Axis:
        """Let every element along ``dim`` see what any of them saw; the dimension is kept."""
        jumps = (*self.jumps[:dim], STILL, *self.jumps[dim + 1 :])
        return replace(self, bounds=self.bounds.min(axis=dim, keepdims=True), jumps=jumps)

    def pooled(self, dims: Sequence[int]) -> Axis:
        """Apply ``hull`` to several dimensions; unbounded if one of them holds positions."""
        result = self
        for dim in dims:
            positions = self.bounds.shape[dim] > 1 and self.jumps[dim].moves
            result = result.hull(dim)
            if positions:
                result.bounds[..., 2:] = UNBOUNDED
        return result

    def without(self, dims: Sequence[int]) -> Axis:
        """Remove dimensions of length one."""
        jumps = tuple(jump for dim, jump in enumerate(self.jumps) if dim not in dims)
        return replace(self, bounds=np.squeeze(self.bounds, tuple(dims)), jumps=jumps)

    def inserted(self, dim: int) -> Axis:
        """Insert a dimension of length one before ``dim``."""
        jumps = (*self.jumps[:dim], STILL, *self.jumps[dim:])
        return replace(self, bounds=np.expand_dims(self.bounds, dim), jumps=jumps)

    def permuted(self, dims: Sequence[int]) -> Axis:
        """Reorder the dimensions."""
        jumps = tuple(self.jumps[dim] for dim in dims)
        return replace(self, bounds=self.bounds.transpose(*dims, self.rank), jumps=jumps)

    def aligned(self, rank: int) -> Axis:
        """Prepend dimensions of length one up to ``rank``, as broadcasting does."""
        missing = rank - self.rank
        bounds = self.bounds.reshape((1,) * missing + self.bounds.shape)
        return replace(self, bounds=bounds, jumps=(STILL,) * missing + self.jumps)

    def spread(self, shape: Shape) -> Ints:
        """Return the bounds with each dimension broadcast to ``shape``: [*shape, 4]."""
        return np.broadcast_to(self.bounds, (*shape, 4))

    def gathered(
        self,
        dim: int,
        length: int,
        taps: Ints,
        used: Ints | None = None,
        stretch: Fraction | int = 1,
    ) -> Axis:
        """Compute each element along ``dim`` from several elements.

        Args:
            dim: The dimension.
            length: The number of elements along it before the operation.
            taps: Indices that each new element is computed from, [new length, taps]. Indices
                outside the tensor are padding, which sees nothing of the picture but counts for the
                unclipped interval.
            used: A mask of the same shape; taps where it is false are ignored.
            stretch: The factor by which the jump grows.
        """
        if self.bounds.shape[dim] == 1 and not self.jumps[dim].moves:
            return self
        jump = self.jumps[dim]
        inside, shift = _repeated(taps, length, jump)
        index = np.minimum(inside, self.bounds.shape[dim] - 1)
        bounds = self.bounds.take(index.ravel(), axis=dim)
        bounds = bounds.reshape(
            *self.bounds.shape[:dim], *taps.shape, *self.bounds.shape[dim + 1 :]
        )
        tail = (1,) * (self.rank - dim - 1)
        outside = ((taps < 0) | (taps >= length)).reshape(*taps.shape, *tail)
        bounds[..., 2:] += np.stack([shift, -shift], axis=-1).reshape(*taps.shape, *tail, 2)
        bounds[..., :2][np.broadcast_to(outside, bounds.shape[:-1])] = NEVER
        if used is not None:
            unused = ~used.astype(bool).reshape(*taps.shape, *tail)
            bounds[np.broadcast_to(unused, bounds.shape[:-1])] = NEVER
        jumps = (*self.jumps[:dim], jump.stretched(stretch), *self.jumps[dim + 1 :])
        return replace(self, bounds=bounds.min(axis=dim + 1), jumps=jumps)

    def reshaped(self, old: Shape, new: Shape) -> Axis:
        """Change the shape from ``old`` to ``new``, with the elements in the same order."""
        if 0 in old or 0 in new:
            return Axis.whole(len(new), self.length)
        source = self
        before: list[int] = []
        after: list[int] = []
        jumps: list[Jump] = []
        for olds, news in _blocks(old, new):
            varies = any(self.bounds.shape[dim] > 1 for dim in olds)
            if varies and len(olds) + len(news) > 2 and prod(old[d] for d in olds) > LARGEST:
                source, varies = source.pooled(olds), False
            if len(olds) == len(news) == 1:
                before.append(source.bounds.shape[olds[0]])
                after.append(source.bounds.shape[olds[0]])
                jumps.append(source.jumps[olds[0]])
                continue
            before += [old[d] if varies else 1 for d in olds]
            after += [new[d] if varies else 1 for d in news]
            moves = varies and any(self.jumps[d].moves for d in olds)
            jumps += [STEP if moves else STILL] * len(news)
        bounds = source.spread(tuple(before)).reshape(*after, 4)
        return Axis(bounds, tuple(jumps), self.length)._settled(old, new)

    def _settled(self, old: Shape, new: Shape) -> Axis:
        """Collapse dimensions along which nothing changes, and measure the jumps of the others."""
        result = self
        for olds, news in _blocks(old, new):
            if len(olds) == len(news) == 1:
                continue
            for dim in news:
                first = result.bounds.take([0], axis=dim)
                if (result.bounds == first).all():
                    jumps = (*result.jumps[:dim], STILL, *result.jumps[dim + 1 :])
                    result = replace(result, bounds=first, jumps=jumps)
                elif result.jumps[dim].moves:
                    jump = _slope(result.bounds, dim)
                    jumps = (*result.jumps[:dim], jump, *result.jumps[dim + 1 :])
                    result = replace(result, jumps=jumps)
        return result


def union(axes: Sequence[Axis]) -> Axis:
    """Combine tensors that broadcast against each other; elements see what any of them sees."""
    rank = max(axis.rank for axis in axes)
    axes = [axis.aligned(rank) for axis in axes]
    bounds = axes[0].bounds
    for axis in axes[1:]:
        bounds = np.minimum(bounds, axis.bounds)
    jumps = tuple(_jump(axes, dim) for dim in range(rank))
    return Axis(bounds, jumps, axes[0].length)


def joined(axes: Sequence[Axis | None], shapes: Sequence[Shape], dim: int) -> Axis:
    """Concatenate tensors along ``dim``; None stands for a tensor that sees nothing."""
    seen = [axis for axis in axes if axis is not None]
    blind = replace(seen[0], bounds=np.full_like(seen[0].bounds[(slice(1),) * seen[0].rank], NEVER))
    parts = [(axis or blind).bounds for axis in axes]
    first = parts[0]
    if all(part.shape == first.shape and (part == first).all() for part in parts):
        same = first.shape[dim] == 1 and not any(axis.jumps[dim].moves for axis in seen)
        if same:
            return seen[0]
    common = np.broadcast_shapes(
        *((*part.shape[:dim], 1, *part.shape[dim + 1 :]) for part in parts)
    )
    spread = [
        np.broadcast_to(part, (*common[:dim], shape[dim], *common[dim + 1 :]))
        for part, shape in zip(parts, shapes, strict=True)
    ]
    jumps = tuple(_jump(seen, d) for d in range(seen[0].rank))
    return Axis(np.concatenate(spread, axis=dim), jumps, seen[0].length)


def _jump(axes: Sequence[Axis], dim: int) -> Jump:
    """Return the jump of a union: that of a tensor that has positions along ``dim``."""
    longest = max(axis.bounds.shape[dim] for axis in axes)
    return common([axis.jumps[dim] for axis in axes if axis.bounds.shape[dim] == longest])


def _repeated(taps: Ints, length: int, jump: Jump) -> tuple[Ints, Ints]:
    """Map taps in the padding to an equivalent element inside, and return the shift in pixels."""
    if jump.period > length:
        inside = np.clip(taps, 0, length - 1)
        return inside, (taps - inside) * jump.pixels // jump.period
    before = np.minimum(taps // jump.period, 0)
    after = np.maximum(-((length - 1 - taps) // jump.period), 0)
    return taps - (before + after) * jump.period, (before + after) * jump.pixels


def _slope(bounds: Ints, dim: int) -> Jump:
    """Return the mean step along a dimension, never zero, because what varies are positions."""
    first, last = (bounds.take(i, axis=dim).reshape(-1, 4)[0, 2] for i in (0, -1))
    if max(abs(first), abs(last)) > FAR or first == last:
        return STEP
    mean = Fraction(int(last - first), bounds.shape[dim] - 1)
    return Jump(mean.denominator, mean.numerator)


def _blocks(old: Shape, new: Shape) -> list[tuple[range, range]]:
    """Return the smallest runs of dimensions in two shapes that hold the same elements."""
    blocks = []
    i = j = 0
    while i < len(old) or j < len(new):
        first, other = i, j
        a, i = (old[i], i + 1) if i < len(old) else (1, i)
        b, j = (new[j], j + 1) if j < len(new) else (1, j)
        while a != b:
            if a < b:
                a, i = a * old[i], i + 1
            else:
                b, j = b * new[j], j + 1
        blocks.append((range(first, i), range(other, j)))
    return blocks
