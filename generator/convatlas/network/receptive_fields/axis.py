"""What each element of a tensor sees of the input along one spatial axis: interval arithmetic."""

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
"""A bound that the smaller of two always replaces: this element sees nothing."""
UNBOUNDED = -NEVER
"""A bound before all others: a global operation lets this element see everything."""
FAR = NEVER >> 1
"""Beyond this, a bound is NEVER or UNBOUNDED, however it has been shifted since."""
LARGEST = 1 << 20
"""Elements of an array that a reshape may spell out before it settles for the hull."""


@dataclass(frozen=True, eq=False)
class Axis:
    """For every element of a tensor, the interval of input pixels it depends on, along one axis.

    ``bounds`` has the tensor's dimensions and one of four: the half-open interval clipped to the
    picture and the unclipped one, as (first, -end, first, -end), so that the union of two intervals
    is always the minimum. A dimension along which all elements see the same has length one there.
    ``jumps`` tells for each dimension how many pixels on the next element looks, which says what
    elements in the padding would see. ``length`` is the input's length along this axis.
    """

    bounds: Ints
    jumps: tuple[Jump, ...]
    length: int

    @classmethod
    def of_input(cls, rank: int, dim: int, length: int) -> Axis:
        """The input itself: the pixel at index i along ``dim`` sees [i, i + 1)."""
        first = np.arange(length, dtype=np.int64)
        bounds = np.stack([first, -first - 1, first, -first - 1], axis=-1)
        shape = [1] * rank
        shape[dim] = length
        jumps = tuple(STEP if d == dim else STILL for d in range(rank))
        return cls(bounds.reshape(*shape, 4), jumps, length)

    @classmethod
    def whole(cls, rank: int, length: int) -> Axis:
        """A tensor every element of which sees the whole picture."""
        bounds = np.array([0, -length, UNBOUNDED, UNBOUNDED], dtype=np.int64)
        return cls(bounds.reshape(*(1,) * rank, 4), (STILL,) * rank, length)

    @property
    def rank(self) -> int:
        """Number of the tensor's dimensions."""
        return len(self.jumps)

    def hull(self, dim: int) -> Axis:
        """Every element along ``dim`` sees what any of them saw; the dimension stays."""
        jumps = (*self.jumps[:dim], STILL, *self.jumps[dim + 1 :])
        return replace(self, bounds=self.bounds.min(axis=dim, keepdims=True), jumps=jumps)

    def pooled(self, dims: Sequence[int]) -> Axis:
        """As ``hull`` over several dimensions; global where one of them holds positions."""
        result = self
        for dim in dims:
            positions = self.bounds.shape[dim] > 1 and self.jumps[dim].moves
            result = result.hull(dim)
            if positions:
                result.bounds[..., 2:] = UNBOUNDED
        return result

    def without(self, dims: Sequence[int]) -> Axis:
        """Dimensions of length one taken away."""
        jumps = tuple(jump for dim, jump in enumerate(self.jumps) if dim not in dims)
        return replace(self, bounds=np.squeeze(self.bounds, tuple(dims)), jumps=jumps)

    def inserted(self, dim: int) -> Axis:
        """A dimension of length one put in before ``dim``."""
        jumps = (*self.jumps[:dim], STILL, *self.jumps[dim:])
        return replace(self, bounds=np.expand_dims(self.bounds, dim), jumps=jumps)

    def permuted(self, dims: Sequence[int]) -> Axis:
        """The dimensions in another order."""
        jumps = tuple(self.jumps[dim] for dim in dims)
        return replace(self, bounds=self.bounds.transpose(*dims, self.rank), jumps=jumps)

    def aligned(self, rank: int) -> Axis:
        """Dimensions of length one put in front, as broadcasting does."""
        missing = rank - self.rank
        bounds = self.bounds.reshape((1,) * missing + self.bounds.shape)
        return replace(self, bounds=bounds, jumps=(STILL,) * missing + self.jumps)

    def spread(self, shape: Shape) -> Ints:
        """The bounds with every dimension as long as ``shape`` says."""
        return np.broadcast_to(self.bounds, (*shape, 4))

    def gathered(
        self,
        dim: int,
        length: int,
        taps: Ints,
        used: Ints | None = None,
        stretch: Fraction | int = 1,
    ) -> Axis:
        """Elements along ``dim`` made from several each.

        ``taps[i]`` are the indices that element i is made from, of a tensor of ``length`` elements;
        indices outside of it are padding, which sees nothing of the picture, but counts for the
        unclipped interval. ``used`` masks taps out; ``stretch`` is by how much the jump grows.
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
        """The same elements in their order, under another shape."""
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
        """Dimensions along which nothing changes shortened, and the others' jumps measured."""
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
    """Elements that depend on those of several tensors that broadcast against each other."""
    rank = max(axis.rank for axis in axes)
    axes = [axis.aligned(rank) for axis in axes]
    bounds = axes[0].bounds
    for axis in axes[1:]:
        bounds = np.minimum(bounds, axis.bounds)
    jumps = tuple(_jump(axes, dim) for dim in range(rank))
    return Axis(bounds, jumps, axes[0].length)


def joined(axes: Sequence[Axis | None], shapes: Sequence[Shape], dim: int) -> Axis:
    """Tensors put after each other along ``dim``; None stands for one that sees nothing."""
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
    """The jump of several tensors' union: that of one which has positions along ``dim``."""
    longest = max(axis.bounds.shape[dim] for axis in axes)
    return common([axis.jumps[dim] for axis in axes if axis.bounds.shape[dim] == longest])


def _repeated(taps: Ints, length: int, jump: Jump) -> tuple[Ints, Ints]:
    """For taps in the padding the element inside that repeats there, and how far on it looks."""
    if jump.period > length:
        inside = np.clip(taps, 0, length - 1)
        return inside, (taps - inside) * jump.pixels // jump.period
    before = np.minimum(taps // jump.period, 0)
    after = np.maximum(-((length - 1 - taps) // jump.period), 0)
    return taps - (before + after) * jump.period, (before + after) * jump.pixels


def _slope(bounds: Ints, dim: int) -> Jump:
    """The mean step along a dimension, never zero: what varies there are positions."""
    first, last = (bounds.take(i, axis=dim).reshape(-1, 4)[0, 2] for i in (0, -1))
    if max(abs(first), abs(last)) > FAR or first == last:
        return STEP
    mean = Fraction(int(last - first), bounds.shape[dim] - 1)
    return Jump(mean.denominator, mean.numerator)


def _blocks(old: Shape, new: Shape) -> list[tuple[range, range]]:
    """The smallest runs of dimensions of two shapes that hold the same elements."""
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
