"""Edits on a layer's page and in its data files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

from convatlas.lenses.edits.answers import colour, is_blind, notices, place
from convatlas.lenses.edits.entries import HUNDREDTHS, EditColumns, LayerEditsEntry, layer_edits
from convatlas.lenses.edits.text import words
from convatlas.lenses.parts.table import Column, Facet, State, Table
from convatlas.model.edit_columns import packed
from convatlas.model.manifest import Filter, Layer

COLOURS = (("0-10", "hardly"), ("10-50", "in part"), ("50-100", "mostly"))
"""Ranges of the share of the response that is lost with the colours, in percent."""


def _colour(layer: Layer, filter: Filter) -> float | None:
    return colour(layer, place(layer, filter))


def _share(layer: Layer, filter: Filter) -> float | None:
    """Return the same, within 0 and 1."""
    found = _colour(layer, filter)
    return None if found is None else min(max(found, 0.0), 1.0)


def _noticed(layer: Layer, filter: Filter) -> str | None:
    """Return the names of the edits that a filter notices; None if it notices none."""
    at = place(layer, filter)
    names = [name for name, told in layer_edits(layer).items() if _notices(told, at)]
    return " ".join(names) or None


def _notices(columns: EditColumns, at: int) -> bool:
    auc = columns["auc"][at]
    return auc is not None and notices(auc / HUNDREDTHS)


def _is_blind(columns: EditColumns, at: int) -> bool:
    auc, invariance = columns["auc"][at], columns["invariance"][at]
    if auc is None or invariance is None:
        return False
    return is_blind(auc / HUNDREDTHS, invariance / HUNDREDTHS)


class EditsTable(Table):
    """Columns, and choices by what filters notice and by what changes nothing for them."""

    columns = (
        Column("colour", _colour, sparse=True),
        Column("colour_share", _share, csv=False, sort="colour", place=160),
        Column("notices", _noticed, sparse=True),
    )
    facets = (Facet("colour_share", "needs colour", COLOURS),)

    def export_layer(self, entry: object) -> object:
        """Return the columns of each edit, as short as they can be."""
        told = cast("LayerEditsEntry", entry)
        return {name: packed(columns) for name, columns in told.items()}

    def layer_states(self, layer: Layer) -> Sequence[State]:
        """Return which edits filters notice, and which turns change nothing for them."""
        return list(_states(layer))


def _states(layer: Layer) -> Iterator[State]:
    known = layer_edits(layer)
    for name, columns in known.items():
        yield State(f"n-{name}", words(name), _living(_notices, columns), "notices")
    for name, columns in known.items():
        if "twin" in columns:
            yield State(f"b-{name}", words(name), _living(_is_blind, columns), "blind to")


def _living(
    test: Callable[[EditColumns, int], bool], columns: EditColumns
) -> Callable[[Layer, Filter], bool]:
    """Return whether a filter is not dead, and its values pass a test."""
    return lambda layer, filter: not filter["dead"] and test(columns, place(layer, filter))
