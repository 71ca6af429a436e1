"""``layer.csv``: the numbers of a layer, one row per filter."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import cast

from convatlas.lenses.parts.cells import cell
from convatlas.lenses.parts.table import Column, Value
from convatlas.model.manifest import Filter, Layer, Note
from convatlas.site import tables
from convatlas.ui.rounding import rounded


def _of_note(value: Callable[[Note], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of a filter's note, or None without a note."""

    def read(layer: Layer, filter: Filter) -> Value:
        note = filter["note"]
        return None if note is None else value(note)

    return read


FIRST = (
    Column("index", lambda layer, filter: filter["index"]),
    Column("page", lambda layer, filter: filter["href"]),
    Column("name", _of_note(lambda note: note["name"])),
    Column("remark", _of_note(lambda note: note["text"])),
    Column("dead", lambda layer, filter: filter["dead"]),
)
"""The columns before those of the lenses."""

LAST = (Column("hue", lambda layer, filter: filter["hue"]),)
"""The columns after those of the lenses."""


def layer_csv(layer: Layer) -> bytes:
    """Return the content of ``layer.csv``, in UTF-8 with a line feed after each row.

    Numbers are rounded as in ``layer.json``. Cells of unknown values are empty. An apostrophe
    precedes texts that a spreadsheet would run as a formula; numbers stay numbers.
    """
    text = io.StringIO(newline="")
    columns = [*FIRST, *(column for column in tables.columns() if _told(layer, column)), *LAST]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell(column.name) for column in columns])
    writer.writerows(_rows(layer, columns))
    return text.getvalue().encode()


def _told(layer: Layer, column: Column) -> bool:
    return column.csv and not (
        column.sparse and all(column.value(layer, filter) is None for filter in layer["filters"])
    )


def _rows(layer: Layer, columns: list[Column]) -> Iterator[list[Value]]:
    for filter in layer["filters"]:
        yield [cell(cast("Value", rounded(column.value(layer, filter)))) for column in columns]
