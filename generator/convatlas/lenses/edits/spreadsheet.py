"""The filters that carry an edit, as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from convatlas.lenses.edits.entries import (
    HUNDREDTHS,
    Carrier,
    EditedNetwork,
    EditEntry,
    layer_edits,
)
from convatlas.model.manifest import Layer, Network, layer_folder
from convatlas.model.records import short

HEADER = ("layer", "index", "page", "share", "auc", "change", "invariance", "twin")


def spreadsheet_href(edit: EditEntry, network: Network) -> str:
    """Return where the file stands, from the site's root."""
    return f"{edit['href'].removesuffix('index.html')}{network['slug']}.csv"


def spreadsheet(edit: EditEntry, seen: EditedNetwork, network: Network) -> bytes:
    """Return its content: a row for each carrier that the atlas shows, in order of their shares."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    layers = {layer["name"]: layer for layer in network["layers"]}
    writer.writerows(
        row
        for carrier in seen["carriers"]
        if carrier["layer"] in layers
        for row in _rows(carrier, edit["name"], layers[carrier["layer"]])
    )
    return text.getvalue().encode()


def _rows(carrier: Carrier, edit: str, layer: Layer) -> Iterator[list[object]]:
    """Yield the row of a filter; none if the atlas does not show it."""
    columns = layer_edits(layer).get(edit)
    for at, filter in enumerate(layer["filters"]):
        if filter["index"] != carrier["index"]:
            continue
        told = [columns[key][at] if columns else None for key in ("auc", "change", "invariance")]
        twin = columns.get("twin", {}).get(str(filter["index"])) if columns else None
        yield [
            layer["name"],
            filter["index"],
            layer_folder(layer) + filter["href"],
            short(carrier["share"]),
            *("" if value is None else value / HUNDREDTHS for value in told),
            twin[0] if twin else "",
        ]
