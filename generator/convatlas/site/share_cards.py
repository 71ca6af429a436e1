"""The cards of the home page, the networks and the layers: what other sites show of them."""

from __future__ import annotations

from convatlas.model.derived import read_share_card
from convatlas.model.manifest import ShareCard
from convatlas.model.record_index import RecordIndex


def share_card(
    records: RecordIndex,
    layer: str | None,
    item: str,
    path: str,
    filters: str,
    files: dict[str, str],
) -> ShareCard | None:
    """Return a card; None if there is none.

    Args:
        layer: the name of its layer; None for the home page and for networks.
        item: "home", "network" or "layer".
        path: where it is published, without its digest and suffix.
        filters: whose pictures it shows, in words: "filters of this atlas".
        files: gets the path and the sha256 of the card.
    """
    picture = read_share_card(records, layer, item)
    if picture is None:
        return None
    file = f"{path}-{picture.digest[:12]}.{picture.format}"
    files[file] = picture.digest
    return {
        "file": file,
        "width": picture.width,
        "height": picture.height,
        "alt": f"Pictures that excite {filters}, side by side",
    }
