"""What ``layer.json`` and ``images.json`` say: what is in the manifest, each of it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.parts.table import Export
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, Image, ImageSet, Layer, lens_entry
from convatlas.ui.rounding import rounded

APART = {"slug", "href", "filters"}
"""What of a layer says where the file stands, and its filters, which the lenses export."""


def layer_json(layer: Layer) -> Mapping[str, object]:
    """Return a layer without its own address, and numbers to six significant digits.

    What filters have in common may stand in lists of the layer; filters have its places there.
    """
    filters = layer["filters"]
    exports = {
        lens.name: lens.table.export([lens_entry(filter, lens.name) for filter in filters])
        for lens in lenses()
    }
    lists = {name: own for export in exports.values() for name, own in export.lists.items()}
    kept = {key: rounded(value) for key, value in layer.items() if key not in APART}
    told = [_filter(filter, place, exports) for place, filter in enumerate(filters)]
    return {**kept, **lists, "filters": told}


def _filter(filter: Filter, place: int, exports: Mapping[str, Export]) -> Mapping[str, object]:
    return {
        key: exports[key].entries[place] if key in exports else rounded(value)
        for key, value in filter.items()
    }


def images_json(images: ImageSet) -> Mapping[str, object]:
    """Return an image set without its slug; ``excites`` has indices by network/layer and kind."""
    kept = {key: value for key, value in images.items() if key != "slug"}
    shown = {id: {**image, "excites": _excited(image)} for id, image in images["images"].items()}
    return {**kept, "images": shown}


def _excited(image: Image) -> Mapping[str, Mapping[str, Sequence[int]]]:
    told: dict[str, dict[str, list[int]]] = {}
    for entry in image["excites"]:
        layer = told.setdefault(f"{entry['network']}/{entry['layer']}", {})
        layer.setdefault(entry["kind"], []).append(entry["index"])
    return told
