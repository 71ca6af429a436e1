"""The edits that an atlas names: built-in ones, functions of the user's own, pictures laid over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from convatlas.config.raw_values import Place
from convatlas.config.sources import Source, parse_source

BUILT_IN = (
    "grey",
    "mirror",
    "turned-90",
    "turned-180",
    "turned-270",
    "blurred",
    "high-pass",
    "patches-shuffled",
    "hue-turned",
    "text-line",
    "date-stamp",
    "border",
    "corner-logo",
    "ruler",
    "coloured-patch",
    "jpeg-10",
)
"""The names of the built-in edits, in the order in which they are shown."""

ALL = "all"
"""Stands for the names of all built-in edits."""

Kind = Literal["built-in", "function", "overlay"]


@dataclass(frozen=True)
class NamedEdit:
    """An edit that an atlas names."""

    name: str  # the edit's name in URLs and records
    text: str  # as written, but ``all``, which becomes the name of each built-in edit
    kind: Kind
    place: Place  # in the atlas file


def named_edits(edits: str | Sequence[str]) -> list[NamedEdit]:
    """Return the edits that ``edits`` of an atlas names, each with a name of its own.

    One of the user's own is named after its function or file; where that name is taken, also by a
    built-in edit that is not asked for, it gets a number: ``fog-2``.
    """
    taken, found = set(BUILT_IN), list[NamedEdit]()
    for text, place in _spelled_out(edits):
        kind = kind_of(text)
        name = text if kind == "built-in" else _unique(_stem(text), taken)
        taken.add(name.casefold())
        found.append(NamedEdit(name, text, kind, place))
    return found


def kind_of(text: str) -> Kind:
    """Return what an entry of ``edits`` is; whether there is such an edit is not looked at."""
    if text in BUILT_IN:
        return "built-in"
    return "overlay" if source_of(text) is None else "function"


def source_of(text: str) -> Source | None:
    """Return the function that an entry of ``edits`` names; None if it names something else."""
    try:
        source = parse_source(text)
    except ValueError:
        return None
    return source if source.kind in ("file", "module") else None


def _spelled_out(edits: str | Sequence[str]) -> Iterator[tuple[str, Place]]:
    """Yield each entry with its place; ``all`` as the built-in edits."""
    listed: Iterable[tuple[str, Place]] = (
        [(edits, ("edits",))]
        if isinstance(edits, str)
        else [(text, ("edits", index)) for index, text in enumerate(edits)]
    )
    for text, place in listed:
        yield from ((name, place) for name in (BUILT_IN if text == ALL else (text,)))


def _stem(text: str) -> str:
    source = source_of(text)
    stem = PurePath(text).stem if source is None else source.attribute
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "edit"


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique.casefold() in taken:
        number += 1
        unique = f"{name}-{number}"
    return unique
