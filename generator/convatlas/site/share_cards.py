"""The cards of the home page, the networks and the layers: what other sites show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json

LENS = "social"


def place_share_cards(manifest: Json, found: Sequence[RecordIndex]) -> None:
    """Tell the manifest of the cards that were made, each as ``social``.

    :param found: the records of each network, in the manifest's order.
    """
    files, networks = manifest["files"], manifest["networks"]
    for network, records in zip(networks, found, strict=True):
        name = network["name"]
        _place(files, network, records, (None, "network"), "static/card", f"filters of {name}")
        for layer in network["layers"]:
            path = layer["href"].removesuffix("index.html") + "card"
            what = f"filters of {layer['name']} in {name}"
            _place(files, layer, records, (layer["name"], "layer"), path, what)
    for records in found[:1]:
        _place(files, manifest, records, (None, "home"), "static/card", "filters of this atlas")


def _place(
    files: dict[str, str],
    told: dict[str, Any],
    records: RecordIndex,
    place: tuple[str | None, str],
    path: str,
    what: str,
) -> None:
    record = records.first(LENS, *place)
    if record:
        picture = record.pictures["picture"]
        file = f"{path}-{picture.digest[:12]}.{picture.format}"
        files[file] = picture.digest
        told["social"] = {
            "file": file,
            "width": picture.width,
            "height": picture.height,
            "alt": f"Pictures that excite {what}, side by side",
        }
