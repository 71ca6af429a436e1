"""The filters that carry an edit, as a file for spreadsheets."""

from __future__ import annotations

import csv
import io

from convatlas.lenses.edits.answers import place, shown
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
    """Return its content: a row for each carrier, in order of their shares."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    layers = {layer["name"]: layer for layer in network["layers"]}
    writer.writerows(
        _row(carrier, edit["name"], layers[carrier["layer"]]) for carrier in seen["carriers"]
    )
    return text.getvalue().encode()


def _row(carrier: Carrier, edit: str, layer: Layer) -> list[object]:
    filter = shown(layer, carrier["index"])
    assert filter is not None, "carriers are filters that the atlas shows"
    at, columns = place(layer, filter), layer_edits(layer).get(edit)
    told = [columns[key][at] if columns else None for key in ("auc", "change", "invariance")]
    twin = columns.get("twin", {}).get(str(filter["index"])) if columns else None
    return [
        layer["name"],
        filter["index"],
        layer_folder(layer) + filter["href"],
        short(carrier["share"]),
        *("" if value is None else value / HUNDREDTHS for value in told),
        twin[0] if twin else "",
    ]
