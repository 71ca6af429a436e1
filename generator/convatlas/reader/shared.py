"""Values that many filters share, which ``layer.json`` has once, in lists of the layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.model.records import Json

LISTS = {"recipe": "recipes", "provenance": "provenances"}
"""Keys whose values are indices, and the lists that these are of."""


def spelled_out(value: Json, lists: Mapping[str, Sequence[Json]]) -> Json:
    """Return the entry of a filter with the shared values where it has their indices."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: lists[LISTS[key]][inner] if key in LISTS else spelled_out(inner, lists)
        for key, inner in value.items()
    }
