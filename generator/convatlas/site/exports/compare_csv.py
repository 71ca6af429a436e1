"""``compare.csv``: the pairs of all layers that have changed, one row per pair."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from convatlas.lenses.parts.cells import cell
from convatlas.lenses.parts.table import Value
from convatlas.model.comparison import Comparison, LayerPair, Pair, State
from convatlas.site.exports.brief import brief

COLUMNS = (
    *("layer_before", "before", "layer_after", "after", "correlation", "cosine", "norm"),
    *("kept", "of", "mutual", "dead_before", "dead_after", "class_before", "class_after"),
    *("gap_before", "gap_after", "effect_before", "effect_after"),
)
"""The names of the columns, as ``model.comparison`` explains them; ``before`` and ``after`` are the
indices of the filters."""


def compare_csv(comparison: Comparison) -> bytes:
    """Return the content of ``compare.csv``, in UTF-8 with a line feed after each row.

    Numbers have three significant digits; cells of unknown values are empty. Layers that are
    unchanged have no rows.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for layer in comparison["layers"]:
        writer.writerows([cell(brief(value)) for value in row] for row in _rows(layer))
    return text.getvalue().encode()


def _rows(layer: LayerPair) -> Iterator[list[Value]]:
    for pair in layer["pairs"]:
        yield [layer["before"], pair["before"]["index"], layer["after"], *_numbers(pair)]


def _numbers(pair: Pair) -> list[Value]:
    before, after = pair["before"], pair["after"]
    return [
        *(after["index"], pair["correlation"], pair["cosine"], pair["norm"]),
        *(pair["kept"], pair["of"], pair["mutual"], before["dead"], after["dead"]),
        *(_label(before), _label(after), _gap(before), _gap(after)),
        *(before["effect"], after["effect"]),
    ]


def _label(state: State) -> str | None:
    return state["best"][0] if state["best"] else None


def _gap(state: State) -> float | None:
    return state["best"][1] if state["best"] else None
