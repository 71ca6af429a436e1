"""How ``layer.json`` has the numbers of edits: as text with a character for each filter.

A number is told in hundredths, as its distance from a usual one: 50 for an AUC, 100 for a
correlation, 0 for all others. Distances 0, -1, 1, -2, 2, ... are the characters from "#" on; a
space stands for a number that is not known. So nearly all take a byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.model.records import Json

USUAL = {"auc": 50, "change": 0, "invariance": 100, "colour": 0}
"""The columns that are told so, and their usual numbers."""

FIRST = ord("#")
"""The code of the usual number."""
END = 0xD800
"""The first code that is no character."""
UNKNOWN = " "


def packed(columns: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the columns of an edit with numbers as text, as far as they fit."""
    return {
        name: _text(values, USUAL[name]) or values if name in USUAL else values
        for name, values in columns.items()
    }


def unpacked(columns: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the columns that ``packed`` was given."""
    return {
        name: _numbers(values, USUAL[name]) if isinstance(values, str) else values
        for name, values in columns.items()
    }


def _text(values: Sequence[int | None], usual: int) -> str | None:
    codes = [None if value is None else FIRST + _place(value - usual) for value in values]
    if any(code is not None and code >= END for code in codes):
        return None
    return "".join(UNKNOWN if code is None else chr(code) for code in codes)


def _numbers(text: str, usual: int) -> list[int | None]:
    return [None if each == UNKNOWN else usual + _distance(ord(each) - FIRST) for each in text]


def _place(distance: int) -> int:
    """Return where a distance stands in the row 0, -1, 1, -2, 2, ..."""
    return 2 * distance if distance >= 0 else -2 * distance - 1


def _distance(place: int) -> int:
    return -(place + 1) // 2 if place % 2 else place // 2
