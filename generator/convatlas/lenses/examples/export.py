"""Entries of examples for ``layer.json``, without redundant values."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.ui.rounding import PLAIN, rounded

FOLLOWS = {"relative", "tile"}
"""Keys of an example whose values follow from its response and its place in the list."""

OF_CLASSES = 4
"""Significant digits of means over the images of a class."""

NEAR = {"href", "where"}
"""Keys of a similar filter whose values follow from its name."""


def bare(entry: object) -> object:
    """Return a filter's entry without redundant values, with its numbers rounded."""
    if not isinstance(entry, Mapping):
        return entry
    return {
        key: rounded(value, OF_CLASSES) if key == "classes" else _list(value)
        for key, value in entry.items()
    }


def _list(value: object) -> object:
    """Return a list without the redundant values of its items; other values are only rounded."""
    if not isinstance(value, list):
        return rounded(value)
    return [_without(item) if isinstance(item, dict) else rounded(item) for item in value]


def _without(item: Mapping[str, object]) -> Mapping[str, object]:
    left_out = NEAR if "correlation" in item else FOLLOWS
    return {
        key: value if type(value) in PLAIN else rounded(value)
        for key, value in item.items()
        if key not in left_out
    }
