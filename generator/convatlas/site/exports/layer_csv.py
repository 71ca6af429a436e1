"""The numbers of a layer as CSV: one row a filter."""

from __future__ import annotations

import csv
import io

from convatlas.ui.thumbnails import Fact

COLUMNS = (
    "index",
    "page",
    "name",
    "remark",
    "dead",
    "highest",
    "lowest",
    "mean",
    "std",
    "share_images",
    "share_positions",
    "selectivity",
    "class",
    "class_mean",
    "ratio",
    "response",
    "attempts",
    "passed",
    "hue",
)
"""The heads of the columns; a cell is empty where its value is not known."""


def table(layer: Fact) -> bytes:
    """What ``layer.csv`` holds, in UTF-8 with a line feed after each row."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for filter in layer["filters"]:
        writer.writerow({name: _cell(value) for name, value in _row(filter).items()})
    return text.getvalue().encode()


def _row(filter: Fact) -> Fact:
    seen, made = filter["examples"] or {}, (filter["maximize"] or {}).get("positive") or {}
    bounds, note = seen.get("bounds") or {}, filter["note"] or {}
    best = (seen.get("classes") or [{}])[0]
    return {
        "index": filter["index"],
        "page": filter["href"],
        "name": note.get("name"),
        "remark": note.get("text", note.get("remark")),
        "dead": filter["dead"],
        "highest": bounds.get("highest"),
        "lowest": bounds.get("lowest"),
        **{name: seen.get(name) for name in ("mean", "std", "share_images", "share_positions")},
        "selectivity": seen.get("selectivity"),
        "class": best.get("label"),
        "class_mean": best.get("mean"),
        **{name: made.get(name) for name in ("ratio", "response", "attempts", "passed")},
        "hue": filter["hue"],
    }


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
    return value
