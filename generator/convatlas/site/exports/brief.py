"""Numbers in the files of a comparison: with few digits, as there are many of them."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def brief(value: Value, digits: int = 3) -> Value:
    """Return a number to so many significant digits, and any other value as it is."""
    return type(value)(f"{value:.{digits}g}") if isinstance(value, float) else value
