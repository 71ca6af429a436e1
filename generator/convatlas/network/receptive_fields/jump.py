"""How many pixels further the next element of a tensor looks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple


class Jump(NamedTuple):
    """After ``period`` elements, the pattern of intervals repeats ``pixels`` further on.

    A transposed convolution of stride two turns 0 1 2 into 0 0 1 1 2 2: period two, one pixel. It
    turns 0 2 4 into 0 0 2 2 4 4: period two, two pixels, which is not the same as period one, one
    pixel.
    """

    period: int
    pixels: int

    def stretched(self, by: Fraction | int) -> Jump:
        """Return the jump between elements that are ``by`` of the old elements apart."""
        ratio = Fraction(by)
        shared = gcd(ratio.numerator, self.period)
        period = ratio.denominator * self.period // shared
        return Jump(period, self.pixels * ratio.numerator // shared)

    @property
    def moves(self) -> bool:
        """Whether the elements are positions, that is, look at different places."""
        return self.pixels != 0


STILL = Jump(1, 0)
STEP = Jump(1, 1)


def common(jumps: Sequence[Jump]) -> Jump:
    """Return the jump of elements that see what the elements of several tensors see."""
    moving = [jump for jump in jumps if jump.moves]
    if not moving:
        return STILL
    period = lcm(*(jump.period for jump in moving))
    first = moving[0]
    return Jump(period, first.pixels * (period // first.period))
