"""How many pixels further on the next element of a tensor looks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple


class Jump(NamedTuple):
    """After ``period`` elements the pattern of intervals repeats, ``pixels`` further on.

    A transposed convolution of stride two makes 0 0 1 1 2 2 of 0 1 2: period two, one pixel. Of
    0 2 4 it makes 0 0 2 2 4 4: period two, two pixels, which is not the same as one and one.
    """

    period: int
    pixels: int

    def stretched(self, by: Fraction | int) -> Jump:
        """The jump of elements that lie ``by`` of the old ones apart."""
        ratio = Fraction(by)
        shared = gcd(ratio.numerator, self.period)
        period = ratio.denominator * self.period // shared
        return Jump(period, self.pixels * ratio.numerator // shared)

    @property
    def moves(self) -> bool:
        """Whether the elements are positions at all: whether they look at different places."""
        return self.pixels != 0


STILL = Jump(1, 0)
STEP = Jump(1, 1)


def common(jumps: Sequence[Jump]) -> Jump:
    """The jump of elements that see what those of several tensors see."""
    moving = [jump for jump in jumps if jump.moves]
    if not moving:
        return STILL
    period = lcm(*(jump.period for jump in moving))
    first = moving[0]
    return Jump(period, first.pixels * (period // first.period))
