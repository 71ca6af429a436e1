"""What ``layer.json`` and ``images.json`` tell: the manifest's facts, each of them once."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.records import Json
from convatlas.ui.rounding import PLAIN, rounded
from convatlas.ui.thumbnails import Fact

FOLLOWS = {"relative", "tile"}
"""What follows from an example's response, and from its place among the others."""

NEAR = {"href", "where"}
"""What follows from the name of a filter that is near."""

ONCE = {"recipe": "recipes", "provenance": "provenances"}
"""What the pictures of a layer have in common, and the list that has it instead."""

APART = {"maximize", "examples"}
"""What of a filter is not told as the manifest has it."""


def layer_json(layer: Fact) -> Json:
    """A layer without its own address, and numbers to six significant digits.

    Recipes and provenances stand in lists of the layer; pictures have their places there. Left out
    is what follows from the rest: addresses of neighbours, ``relative`` and ``tile`` of examples.
    """
    lists: dict[str, list[Json]] = {name: [] for name in ONCE.values()}
    kept = {key: value for key, value in layer.items() if key not in ("slug", "href", "filters")}
    filters = [_filter(each, lists) for each in layer["filters"]]
    return {**rounded(kept), **rounded(lists), "filters": filters}


def images_json(images: Fact) -> Json:
    """An image set without its slug; ``excites`` tells indices by network/layer and kind."""
    kept = {key: value for key, value in images.items() if key != "slug"}
    shown = {id: {**image, "excites": _excited(image)} for id, image in images["images"].items()}
    return {**kept, "images": shown}


def _filter(filter: Fact, lists: Mapping[str, list[Json]]) -> Json:
    told = {key: rounded(value) for key, value in filter.items() if key not in APART}
    examples = filter["examples"]
    told["maximize"] = _once(filter["maximize"], lists)
    told["examples"] = examples and {key: _bare(value) for key, value in examples.items()}
    return told


def _once(value: Json, lists: Mapping[str, list[Json]]) -> Json:
    """What was made of a filter, with the places of recipes and provenances in their lists."""
    if not isinstance(value, Mapping):
        return rounded(value)
    told = {}
    for key, inner in value.items():
        if key not in ONCE:
            told[key] = inner if type(inner) in PLAIN else _once(inner, lists)
            continue
        known = lists[ONCE[key]]
        if inner not in known:
            known.append(inner)
        told[key] = known.index(inner)
    return told


def _bare(value: Json) -> Json:
    """Examples and neighbours without what follows from the rest; all else as it is."""
    if not isinstance(value, list):
        return rounded(value)
    return [_without(entry) if isinstance(entry, dict) else rounded(entry) for entry in value]


def _without(entry: Fact) -> Json:
    left_out = NEAR if "correlation" in entry else FOLLOWS
    return {
        key: value if type(value) in PLAIN else rounded(value)
        for key, value in entry.items()
        if key not in left_out
    }


def _excited(image: Fact) -> Json:
    told: dict[str, dict[str, list[int]]] = {}
    for entry in image["excites"]:
        layer = told.setdefault(f"{entry['network']}/{entry['layer']}", {})
        layer.setdefault(entry["kind"], []).append(entry["index"])
    return told
