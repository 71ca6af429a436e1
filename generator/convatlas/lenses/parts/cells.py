"""Values as cells of CSV files."""

from __future__ import annotations

from convatlas.lenses.parts.table import Value

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, in ASCII and in full width."""


def cell(value: Value) -> Value:
    """Return what stands in a cell: nothing for None, and no text that would run as a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            text = value.strip()
            return f"'{text}" if text.startswith(_FORMULA) else text
    return value
