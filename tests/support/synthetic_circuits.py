"""What makes filters respond, put into a manifest that no build made.

Each layer but the first reads the one before it. The last input of a filter is none that the atlas
shows. Of every three filters one fires for two reasons, of every four one has inputs that cancel,
and the second layer's drops are not to be relied on.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from convatlas.images.codecs.webp import encode_lossless
from convatlas.model.manifest import layer_folder
from support.synthetic import Manifest, Read

Fact = dict[str, Any]

INPUTS = 3
"""How many exciting inputs each filter has; it has two inhibiting ones."""
OUTPUTS = 2
"""How many outputs each filter has; the second one responds more without it."""


def with_circuits(made: tuple[Manifest, Read]) -> tuple[Manifest, Read]:
    """The same manifest and pictures, with the lens on for all filters that have examples."""
    manifest, read = made
    manifest["lenses"]["circuits"] = {"inputs": 6}
    files: dict[str, bytes] = {}
    for network in manifest["networks"]:
        layers = [None, *network["layers"], None]
        for depth, layer in enumerate(network["layers"]):
            _layer(depth, layer, layers[depth], layers[depth + 2])
            if "circuits" in layer and depth:
                _draw(layer, manifest["files"], files)
    return manifest, lambda digest: files.get(digest) or read(digest)


def drops(index: int) -> list[float]:
    """The drops of a filter's inputs as shares of its response: those that excite come first."""
    if index % 4 == 3:
        return [1.2, 0.9, 0.6, -0.9, -0.6]
    first = 0.4 + (index % 16) / 40
    return [first, 0.2, 0.05, -0.03, -0.01]


def twofold(index: int) -> bool:
    """Whether a filter fires for two reasons."""
    return index % 3 == 1


def _layer(depth: int, layer: Fact, before: Fact | None, after: Fact | None) -> None:
    known = [filter for filter in layer["filters"] if filter["examples"]]
    if not known:
        return
    layer["circuits"] = _facts(depth, layer, before)
    for filter in known:
        filter["circuits"] = _entry(filter, before, after)


def _facts(depth: int, layer: Fact, before: Fact | None) -> Fact:
    agreement = {"drops": 1280, "spearman": 0.62 if depth == 1 else 0.998, "top5": 0.9375}
    return {
        "layers": [before["name"]] if before else [],
        "unknown": 2 if before else layer["channels"],
        "sums": 1 if depth == 2 else 0,
        "audit": agreement if before else None,
        "audit_behind": agreement if depth == 2 else None,
    }


def _draw(layer: Fact, paths: dict[str, str], files: dict[str, bytes]) -> None:
    """Add a picture of kernels of 3 x 3, each filter's in a tone of its own."""
    count = len(layer["filters"])
    tones = np.arange(count, dtype=np.uint8).repeat(3)[:, None, None]
    pixels = np.broadcast_to(8 * tones, (3 * count, 36, 3))
    data = encode_lossless(np.ascontiguousarray(pixels)).data
    digest = hashlib.sha256(data).hexdigest()
    name = f"slices-{digest[:8]}.webp"
    files[digest] = data
    paths[layer_folder(layer) + name] = digest
    picture = {"file": name, "width": 36, "height": 3 * count}
    layer["circuits"]["slices"] = {"picture": picture, "size": [3, 3]}


def _outputs(index: int, after: Fact | None) -> list[Fact]:
    count = len(after["filters"]) if after else 0
    return [
        {"layer": after["name"], "index": (index + place) % count, "drop": drop}
        for place, drop in enumerate([0.25, -0.13])
        if after
    ]


def _entry(filter: Fact, before: Fact | None, after: Fact | None) -> Fact:
    index, images = filter["index"], len(filter["examples"]["top"])
    told = drops(index) if before else []
    entry = {
        "images": images,
        "excess": 2.5,
        "inputs": [_input(index, place, drop, images, before) for place, drop in enumerate(told)],
        "explained": round(sum(told), 6),
        "total": 1.0 if told else 0.0,
        "count": len(before["filters"]) if before else 0,
        "behind": [{"layer": "behind", "index": 300, "drop": 0.3}] if before else [],
        "outputs": _outputs(index, after),
    }
    if before and twofold(index) and images >= 6:
        entry["groups"] = [place % 2 for place in range(images)]
    return entry


def _input(index: int, place: int, drop: float, images: int, before: Fact | None) -> Fact:
    """An input; the second one excites most in the images of the second group."""
    assert before is not None
    other = [2.5 * drop, 5.0 if place == 1 else 2.5 * drop]
    return {
        "layer": before["name"],
        "index": (5 * index + place) % len(before["filters"]) if place < 4 else 5000,
        "drop": drop,
        "share": 0.1,
        "weight": 0.7,
        "by_image": [other[rank % 2] for rank in range(images)],
    }
