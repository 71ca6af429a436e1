"""Rounding of numbers in data files."""

from __future__ import annotations

from collections.abc import Mapping

DIGITS = 5
"""Significant digits; the sixth differs from one machine to another."""
PLAIN = {str, int, bool, type(None)}
"""Types that stay as they are; checked before each call, as a filter has about 600 values."""


def rounded(value: object, digits: int = DIGITS) -> object:
    """Return JSON data with all its numbers rounded to so many significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, list | tuple):
        return [inner if type(inner) in PLAIN else rounded(inner, digits) for inner in value]
    if isinstance(value, Mapping):
        return {
            key: inner if type(inner) in PLAIN else rounded(inner, digits)
            for key, inner in value.items()
        }
    return value
