"""What ``layer.json`` says of optimised pictures: recipes and provenances once a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.parts.table import Export
from convatlas.ui.rounding import PLAIN, rounded

ONCE = {"recipe": "recipes", "provenance": "provenances"}
"""What the pictures of a layer have in common, and the list that has it instead."""


def once(entries: Sequence[object]) -> Export:
    """Return the entries of a layer's filters, with the places of what they have in common."""
    lists: dict[str, list[object]] = {name: [] for name in ONCE.values()}
    told = [_placed(entry, lists) for entry in entries]
    return Export(told, {name: [rounded(each) for each in found] for name, found in lists.items()})


def _placed(value: object, lists: Mapping[str, list[object]]) -> object:
    if not isinstance(value, Mapping):
        return rounded(value)
    told: dict[str, object] = {}
    for key, inner in value.items():
        if key in ONCE:
            told[key] = _place(inner, lists[ONCE[key]])
        else:
            told[key] = inner if type(inner) in PLAIN else _placed(inner, lists)
    return told


def _place(value: object, known: list[object]) -> int:
    """Return the place of a value in a list, to which it is added where it is not in it."""
    if value not in known:
        known.append(value)
    return known.index(value)
