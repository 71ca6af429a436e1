"""What the sections of filter pages take, and the keys of ``layer.json``: each is of some lens."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from convatlas.model.records import Json, canonical

FRAME = "frame"
"""The part of a filter's page that is in no section: its head, its navigation, its lede."""

_SECTION = re.compile(r'<section\b[^>]*? id="?(?:\d+-)?([^\s">]+)')
_END = "</section>"


def of_page(text: str) -> Counter[str]:
    """Return the bytes of each section of a page about filters, by its id, and of the rest."""
    sizes: Counter[str] = Counter()
    place = 0
    while found := _SECTION.search(text, place):
        end = text.find(_END, found.end())
        place = len(text) if end < 0 else end + len(_END)
        sizes[found[1]] += len(text[found.start() : place].encode())
    sizes[FRAME] = len(text.encode()) - sizes.total()
    return sizes


def of_data(out: Path, files: Iterable[str]) -> Counter[str]:
    """Return the bytes of filters in all ``layer.json``, by key; damaged files have none."""
    sizes: Counter[str] = Counter()
    for path in files:
        if path.endswith("/layer.json"):
            for key, column in _columns(out / path).items():
                sizes[key] += len(canonical(column))
    return sizes


def _columns(file: Path) -> Mapping[str, Json]:
    try:
        columns = json.loads(file.read_bytes())["filters"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return columns if isinstance(columns, dict) else {}
