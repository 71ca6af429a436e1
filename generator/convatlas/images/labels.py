"""The labels of an image set: which class each file shows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from convatlas.records import Json


class Label(NamedTuple):
    """A class's name, and its index where one is known."""

    name: str | None = None
    target: int | None = None


def from_folders(names: Iterable[str]) -> dict[str, Label]:
    """Each file's first folder as its class; the index counts the folders in order of name.

    Files that lie in no folder have no label.
    """
    tops = {name: name.partition("/")[0] for name in names if "/" in name}
    order = {folder: index for index, folder in enumerate(sorted(set(tops.values())))}
    return {name: Label(folder, order[folder]) for name, folder in tops.items()}


def read_labels(path: Path) -> dict[str, Label]:
    """The labels in a .json or .csv file, by the files' relative paths.

    JSON is ``{"file": "label"}`` or ``{"files": {"file": {"index": 0, "name": "label"}}}``, where
    other keys are passed over. CSV has a first line ``file,label`` or ``file,label,index``.

    Raises:
        ValueError: the file holds something else; says what is wrong, and what would be right.
        OSError: the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text; save it as UTF-8") from None
    return _from_csv(text) if path.suffix.lower() == ".csv" else _from_json(text)


def _from_json(text: str) -> dict[str, Label]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error}); correct it") from None
    entries = data.get("files", data) if isinstance(data, dict) else data
    if isinstance(data, dict) and "files" not in data and isinstance(data.get("classes"), list):
        raise ValueError("lists classes but no files; leave it out where folders are the classes")
    if not isinstance(entries, dict) or not entries:
        raise ValueError('names no file; write {"file.jpg": "label", ...}')
    return {_path(name): _label(name, value) for name, value in entries.items()}


def _label(name: str, value: Json) -> Label:
    if isinstance(value, str):
        return Label(value)
    if isinstance(value, Mapping):
        title, index = value.get("name"), value.get("index")
        known = title is not None or index is not None
        if known and isinstance(title, str | None) and _is_index(index):
            return Label(title if title is not None else str(index), index)
    raise ValueError(
        f"gives {name!r} no label that can be read; "
        'write "label" or {"index": 0, "name": "label"}'
    )


def _is_index(value: Json) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _from_csv(text: str) -> dict[str, Label]:
    rows = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        if not {"file", "label"} <= set(rows.fieldnames or ()):
            raise ValueError("lacks its first line; begin with: file,label  or  file,label,index")
        return {_path(row["file"]): _csv_label(row, rows.line_num) for row in rows}
    except csv.Error as error:
        raise ValueError(f"is not CSV ({error}, line {rows.line_num}); correct it") from None


def _csv_label(row: Mapping[str, str | None], line: int) -> Label:
    name, index = row["label"], (row.get("index") or "").strip()
    if not row["file"] or not name:
        raise ValueError(f"lacks a file or label in line {line}; write file,label")
    if index and not (index.isascii() and index.isdigit()):
        raise ValueError(f"has the index {index!r} in line {line}; write a whole number from 0")
    return Label(name, int(index) if index else None)


def _path(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")
