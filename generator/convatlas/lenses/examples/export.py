"""What ``layer.json`` says of examples: nothing that follows from the rest."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.ui.rounding import PLAIN, rounded

FOLLOWS = {"relative", "tile"}
"""What follows from an example's response, and from its place among the others."""

NEAR = {"href", "where"}
"""What follows from the name of a filter that is near."""


def bare(entry: object) -> object:
    """Return a filter's entry without what follows from the rest; numbers have six digits."""
    if not isinstance(entry, Mapping):
        return entry
    return {key: _list(value) for key, value in entry.items()}


def _list(value: object) -> object:
    """Return a list of examples, neighbours or classes; all else only rounded."""
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
