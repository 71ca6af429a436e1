"""``suspects.csv``: one row for each suspect, with what it means."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from convatlas.lenses.effects.entries import classes
from convatlas.lenses.parts.cells import cell
from convatlas.lenses.suspects import text
from convatlas.lenses.suspects.entries import ClassSuspectsEntry, suspects
from convatlas.model.manifest import Manifest

COLUMNS = ("network", "class", "kind", "layer", "filter", "number", "means")
"""``number`` is the share of the filter's strongest images that are of the class, or of the class's
images on which it peaks at the place, or of those that are of the smaller kind, 0 to 1."""

Row = tuple[str | int | float, ...]


def suspects_csv(manifest: Manifest) -> bytes:
    """Return the file's content, in UTF-8 with a line feed after each row.

    An apostrophe precedes names that a spreadsheet would run as a formula.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for network, entry in suspects(manifest).items():
        names = {str(each["number"]): each["name"] for each in classes(manifest, network)}
        for number in sorted(entry["classes"], key=int):
            name, own = names[number], entry["classes"][number]
            for row in _rows(own, name):
                writer.writerow([cell(value) for value in (network, name, *row)])
    return out.getvalue().encode()


def _rows(entry: ClassSuspectsEntry, name: str) -> Iterator[Row]:
    for seen in entry["border"]:
        share = round(seen["own"] / seen["of"], 4)
        yield text.BORDER, seen["layer"], seen["index"], share, text.border(seen, name)
    for each in entry["excited"]:
        share = round(each["own"] / each["of"], 4)
        yield text.EXCITED, each["layer"], each["index"], share, text.excited(each, name)
    if "groups" in entry:
        larger, smaller = entry["groups"]["groups"]
        share = round(smaller["size"] / (smaller["size"] + larger["size"]), 4)
        layer, told = entry["groups"]["layer"], text.group(smaller)
        yield text.GROUPS, layer, smaller["index"], share, told
