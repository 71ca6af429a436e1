"""Numbers in data files: six significant digits."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.records import Json, short

PLAIN = {str, int, bool, type(None)}
"""What stays as it is; asked before a call is made, as there are 600 values a filter."""


def rounded(value: Json) -> Json:
    """Return JSON data with all its numbers rounded to six significant digits."""
    kind = type(value)
    if kind is float:
        return short(value)
    if kind is list or kind is tuple:
        return [inner if type(inner) in PLAIN else rounded(inner) for inner in value]
    if isinstance(value, Mapping):
        return {
            key: inner if type(inner) in PLAIN else rounded(inner) for key, inner in value.items()
        }
    return value
