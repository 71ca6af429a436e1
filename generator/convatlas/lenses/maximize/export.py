"""Entries of optimised pictures in ``layer.json``, with each recipe and provenance only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.parts.table import Export
from convatlas.ui.rounding import PLAIN, rounded

ONCE = {"recipe": "recipes", "provenance": "provenances"}
"""Keys whose values many pictures of a layer share, and the lists that hold these values."""


def once(entries: Sequence[object]) -> Export:
    """Return the entries of a layer's filters, with indices instead of shared values."""
    lists: dict[str, list[object]] = {name: [] for name in ONCE.values()}
    lean = [_placed(entry, lists) for entry in entries]
    return Export(lean, {name: [rounded(each) for each in items] for name, items in lists.items()})


def _placed(value: object, lists: Mapping[str, list[object]]) -> object:
    if not isinstance(value, Mapping):
        return rounded(value)
    lean: dict[str, object] = {}
    for key, inner in value.items():
        if key in ONCE:
            lean[key] = _place(inner, lists[ONCE[key]])
        else:
            lean[key] = inner if type(inner) in PLAIN else _placed(inner, lists)
    return lean


def _place(value: object, known: list[object]) -> int:
    """Return the index of a value in a list, after adding it if it is missing."""
    if value not in known:
        known.append(value)
    return known.index(value)
