"""Edits of a network's images, put into a manifest that no build made.

Of every four filters one notices the first edit, and one is blind to it. The second edit turns
filters into the next ones of their layer, and the third takes the colours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from support.synthetic import Manifest, Read

Fact = dict[str, Any]

EDITS = (
    ("border", "a black <border>", "A border of 12 pixels: is the frame taken for the picture?"),
    ("mirror", "mirroring", "Left and right are swapped."),
    ("grey", "loss of colour", "Each colour becomes the grey of its luminance."),
)
"""The name, the title and the description of each edit."""
CARRIERS = 30


def with_edits(made: tuple[Manifest, Read], *, scores: bool = True) -> tuple[Manifest, Read]:
    """The same manifest and pictures, with three edits.

    Args:
        scores: whether networks have scores of classes.
    """
    manifest, read = made
    manifest["lenses"]["edits"] = {"images": 1000}
    for network in manifest["networks"]:
        for layer in network["layers"]:
            if layer["reached"]:
                layer["edits"] = {name: dict(_columns(layer, name)) for name, *_ in EDITS}
    manifest["edits"] = [
        {
            "name": name,
            "title": title,
            "about": about,
            "href": f"edits/{name}/index.html",
            "turns": name == "mirror",
            "networks": [
                _seen(name, place, network, manifest, scores=scores)
                for network in manifest["networks"]
            ],
        }
        for place, (name, title, about) in enumerate(EDITS)
    ]
    return manifest, read


def auc(edit: str, index: int) -> int:
    """The AUC of a filter, in hundredths."""
    return {"border": (94, 50, 12, 61), "mirror": (50, 51, 49, 50), "grey": (50, 38, 70, 52)}[edit][
        index % 4
    ]


def _columns(layer: Fact, edit: str) -> Iterator[tuple[str, object]]:
    indices = [filter["index"] for filter in layer["filters"]]
    yield "auc", [auc(edit, index) for index in indices]
    yield "change", [(37 * index) % 300 - 100 for index in indices]
    yield "invariance", [99 - 20 * (index % 3) for index in indices]
    if edit == "mirror":
        yield "twin", {str(i): (other, 96) for i, other in itertools.pairwise(indices)}
    if edit == "grey":
        yield "colour", [(17 * index) % 120 - 10 for index in indices]


def _seen(edit: str, place: int, network: Fact, manifest: Manifest, *, scores: bool) -> Fact:
    layers = [layer for layer in network["layers"] if "edits" in layer]
    told: Fact = {
        "network": network["name"],
        "images": 1000,
        "examples": list(_examples(network, manifest)),
        "layers": [_layer(layer, edit) for layer in layers],
        "raised": [],
        "lowered": [],
        "carriers": [],
        "logits": [],
    }
    if not scores:
        return told
    names = list(network.get("class_pages", {})) or ["a class", "another"]
    logits = [((7 * number + 3 * place) % 11 - 5) / 2 for number in range(len(names))]
    order = sorted(range(len(names)), key=lambda number: -logits[number])
    moves = [{"name": names[n], "number": n, "logit": logits[n]} for n in order]
    return told | {
        "changed": (0.46, 0.0, 0.1234)[place],
        "accuracy": {"plain": 0.58, "edited": 0.41, "images": 900},
        "logits": logits,
        "raised": moves[:2],
        "lowered": moves[:-3:-1],
        "target": 3.25,
        "carriers": _carriers(edit, layers),
        "set_back": 10,
        "undone": (0.62, 0.21, 0.55)[place],
        "together": {
            "layer": layers[-1]["name"],
            "filters": 5,
            "explained": 0.81,
            "undone": 0.7,
        },
    }


def _layer(layer: Fact, edit: str) -> Fact:
    aucs = layer["edits"][edit]["auc"]
    return {
        "layer": layer["name"],
        "filters": len(aucs),
        "notice": sum(each > 80 or each < 20 for each in aucs),
        "less": sum(each < 20 for each in aucs),
        "enough": 3,
        "explained": 0.97,
    }


def _carriers(edit: str, layers: list[Fact]) -> list[Fact]:
    found = [(layer["name"], filter["index"]) for layer in layers for filter in layer["filters"]]
    return [
        {"layer": layer, "index": index, "share": 0.2 / rank, "auc": auc(edit, index) / 100}
        for rank, (layer, index) in enumerate(found[:CARRIERS], 1)
    ]


def _examples(network: Fact, manifest: Manifest) -> Iterator[Fact]:
    names = list(network.get("class_pages", {})) or ["a class", "another"]
    for place, (image, file) in enumerate(list(network["photographs"].items())[:3]):
        after = names[(place + place % 2) % len(names)]
        yield {
            "image": image,
            "plain": file,
            "edited": file,
            "before": names[place % len(names)],
            "after": after,
        }
