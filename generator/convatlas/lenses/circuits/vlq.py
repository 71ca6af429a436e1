"""Integers as text in base64 VLQ, as in source maps: those from -15 to 15 take one character.

A number's lowest bit is its sign. Five bits make a digit, the lowest ones first; all digits but the
last one of a number have their sixth bit set.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
MORE = 32
"""The bit of a digit that says that another one follows."""

_VALUES = {digit: value for value, digit in enumerate(DIGITS)}


def encoded(numbers: Iterable[int]) -> str:
    """Return numbers as text."""
    return "".join(map(_encoded, numbers))


def decoded(text: str) -> Iterator[int]:
    """Yield the numbers that a text stands for."""
    value = shift = 0
    for digit in text:
        bits = _VALUES[digit]
        value |= (bits & MORE - 1) << shift
        shift += 5
        if not bits & MORE:
            yield -(value >> 1) if value & 1 else value >> 1
            value = shift = 0


def _encoded(number: int) -> str:
    value, text = abs(number) << 1 | (number < 0), ""
    while value >= MORE:
        text += DIGITS[value & MORE - 1 | MORE]
        value >>= 5
    return text + DIGITS[value]
