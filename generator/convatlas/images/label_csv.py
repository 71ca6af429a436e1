"""Labels in a CSV table with one row per file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import NamedTuple

_HEAD = "file,label  or  file,label,index"


class Row(NamedTuple):
    """A file's path as written, its class name, and its class index if given."""

    file: str
    label: str
    target: int | None


def rows(text: str) -> list[Row]:
    """Parse a CSV table with columns ``file``, ``label`` and optionally ``index`` or others.

    Raises:
        ValueError: the text is not such a table; the message gives the fault and the remedy.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        _check(columns, text.partition("\n")[0])
        reader.fieldnames = columns
        return [_row(row, reader.line_num) for row in reader]
    except csv.Error as error:
        raise ValueError(f"is not CSV ({error}, line {reader.line_num}); correct it") from None


def _check(columns: list[str], first: str) -> None:
    if {"file", "label"} <= set(columns):
        return
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in first and "file" in first.lower():
            raise ValueError(f"has {name} between its columns; save it with commas: {_HEAD}")
    raise ValueError(f"lacks its first line; begin with: {_HEAD}")


def _row(row: Mapping[str | None, str | list[str] | None], line: int) -> Row:
    file = str(row["file"] or "")
    label, index = (str(row.get(name) or "").strip() for name in ("label", "index"))
    if None in row:
        message = f"has more columns in line {line} than in its first"
        raise ValueError(f'{message}; write a label with a comma in quotes: "a, b"')
    if not file or not label:
        raise ValueError(f"lacks a file or label in line {line}; write file,label")
    if index and not re.fullmatch(r"[0-9]{1,9}", index):
        raise ValueError(f"has the index {index!r} in line {line}; write a whole number from 0")
    return Row(file, label, int(index) if index else None)
