"""Rounding of numbers in data files to six significant digits."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.records import short

PLAIN = {str, int, bool, type(None)}
"""Types that stay as they are; checked before each call, as a filter has about 600 values."""


def rounded(value: object) -> object:
    """Return JSON data with all its numbers rounded to six significant digits."""
    if isinstance(value, float):
        return short(value)
    if isinstance(value, list | tuple):
        return [inner if type(inner) in PLAIN else rounded(inner) for inner in value]
    if isinstance(value, Mapping):
        return {
            key: inner if type(inner) in PLAIN else rounded(inner) for key, inner in value.items()
        }
    return value
