"""``layer.json`` and ``images.json``: the manifest's data without repetitions, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from convatlas.lenses.parts.table import Export
from convatlas.lenses.registry import lenses
from convatlas.model.columns import FORMAT, keys
from convatlas.model.manifest import Filter, Image, ImageSet, Layer, lens_entry
from convatlas.model.records import Json
from convatlas.ui.rounding import rounded

APART = {"slug", "href", "filters"}
"""The fields of a layer that say where the file itself is, and its filters: lenses export them."""


def layer_json(layer: Layer) -> Mapping[str, object]:
    """Return the content of ``layer.json``: a layer with its filters in columns."""
    told = told_layer(layer)
    filters = told["filters"]
    return {**told, "format": FORMAT, "count": len(filters), "filters": keys(filters)}


def told_layer(layer: Layer) -> Mapping[str, Json]:
    """Return a layer without its own address, with numbers rounded to five significant digits.

    Values that filters share may be moved to lists of the layer; filters then hold their indices.
    """
    filters = layer["filters"]
    exports = {
        lens.name: lens.table.export([lens_entry(filter, lens.name) for filter in filters])
        for lens in lenses()
    }
    own = {lens.name: lens.table.export_layer for lens in lenses()}
    silent = {name for name, export in exports.items() if not export.entries}
    lists = {name: each for export in exports.values() for name, each in export.lists.items()}
    kept = {key: own.get(key, rounded)(value) for key, value in layer.items() if key not in APART}
    entries = [_filter(filter, place, exports, silent) for place, filter in enumerate(filters)]
    return {**kept, **lists, "filters": entries}


def _filter(
    filter: Filter, place: int, exports: Mapping[str, Export], silent: Set[str]
) -> Mapping[str, object]:
    return {
        key: exports[key].entries[place] if key in exports else rounded(value)
        for key, value in filter.items()
        if key not in silent
    }


def images_json(images: ImageSet) -> Mapping[str, object]:
    """Return an image set without its slug; ``excites`` maps network/layer and kind to indices."""
    kept = {key: value for key, value in images.items() if key != "slug"}
    shown = {id: {**image, "excites": _excited(image)} for id, image in images["images"].items()}
    return {**kept, "images": shown}


def _excited(image: Image) -> Mapping[str, Mapping[str, Sequence[int]]]:
    indices: dict[str, dict[str, list[int]]] = {}
    for entry in image["excites"]:
        layer = indices.setdefault(f"{entry['network']}/{entry['layer']}", {})
        layer.setdefault(entry["kind"], []).append(entry["index"])
    return indices
