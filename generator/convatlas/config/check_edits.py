"""Checks of `edits` that need no picture to be opened and no code to be imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from convatlas.config.edits import ALL, BUILT_IN, kind_of, source_of
from convatlas.config.raw_values import Place, missing, texts
from convatlas.config.sources import is_file
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json


def check_edits(data: dict[str, Json], folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with the edits of a file.

    ``data`` holds plain values that may be of any type.
    """
    edits = data.get("edits")
    if edits and isinstance(data.get("images"), list | None) and not data.get("images"):
        message = "edits show the images of a set again, changed; add a set under `images`"
        yield Problem(("edits",), message, key=True)
    seen = dict[str, int]()
    for index, text in texts(edits):
        place: Place = ("edits", index)
        yield from _again(text, seen, place)
        yield from _entry(text, folder, place)
        seen |= {name: index for name in (BUILT_IN if text == ALL else [text]) if name not in seen}


def _again(text: str, seen: dict[str, int], place: Place) -> Iterator[Problem]:
    """Yield a problem if an entry names what an earlier one does; ``seen`` says which."""
    twice = next((name for name in (BUILT_IN if text == ALL else [text]) if name in seen), None)
    if twice is not None:
        yield Problem(place, f"edits[{seen[twice]}] asks for '{twice}' already; keep one of them")


def _entry(text: str, folder: Path, place: Place) -> Iterator[Problem]:
    kind, source = kind_of(text), source_of(text)
    if kind == "built-in" or text == ALL:
        return
    if source is not None:
        if source.kind == "file" and not is_file(folder / source.target):
            yield Problem(place, missing("file", source.target), absent=True)
    elif not any(mark in text for mark in "./\\:") and not is_file(folder / text):
        message = f"no edit is called '{text}'; {did_you_mean(text, (*BUILT_IN, ALL))}"
        yield Problem(place, message)
    elif text.endswith(".py"):
        yield Problem(place, f"name a function in it, too: `{text}:FUNCTION`")
    elif not is_file(folder / text):
        yield Problem(place, missing("file", text), absent=True)
