"""A manifest with small generated pictures: every kind of filter, layer and image set in one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

import synthetic_made
from convatlas.site.recipes import recipes

Manifest = dict[str, Any]
Read = Callable[[str], bytes]
Make = Callable[[synthetic_made.Place, Manifest, int], Manifest]

LABELS = ("remote control", "bannister", "cassette", "<beagle> & co", None)


class Pictures:
    """Generated pictures by digest; ``place`` gives one a name in the site."""

    def __init__(self, variety: int) -> None:
        self.variety = variety
        self.bytes: dict[str, bytes] = {}
        self.files: dict[str, str] = {}
        self._made: dict[tuple[int, int, int, bool], str] = {}

    def place(self, folder: str, stem: str, width: int, height: int, seed: int) -> dict[str, Any]:
        """A picture below ``folder``; its file is relative to it."""
        digest = self._picture(width, height, seed % self.variety)
        name = f"{stem}-{digest[:8]}.webp"
        self.files[folder + name] = digest
        return {"file": name, "width": width, "height": height}

    def _picture(self, width: int, height: int, seed: int) -> str:
        key = (width, height, seed, width * height <= 64 * 64)
        if key not in self._made:
            data = _grating(width, height, seed, lossless=key[3])
            digest = hashlib.sha256(data).hexdigest()
            self.bytes[digest] = data
            self._made[key] = digest
        return self._made[key]


def synthetic_manifest(
    networks: int = 1,
    layers: int = 3,
    filters: int = 8,
    images: int = 12,
    *,
    size: tuple[int, int] = (64, 64),
    made: int = 48,
    publish: str = "full",
    variety: int = 16,
    top: int = 9,
    variants: bool = True,
    diverse: int = 4,
) -> tuple[Manifest, Read]:
    """A manifest, and what reads a picture by its digest.

    Of every eight filters one is dead and one has no record at all (``synthetic_made`` tells of
    the made pictures); the first layer has colour kernels, and with four layers or more the last is
    one that the forward pass never reaches, the one before it sees the whole image.

    :param size: height and width of the network's input.
    :param made: side of the made pictures.
    :param diverse: how many different pictures there are of a filter.
    :param variety: how many different pictures of one size there are.
    """
    pictures = Pictures(variety)
    image_set = _image_set(pictures, images, size, publish)
    make = partial(synthetic_made.made, side=made, variants=variants, diverse=diverse)
    nets = [
        _network(pictures, f"net{n}", layers, filters, size, make, image_set, top)
        for n in range(networks)
    ]
    manifest = {
        "title": "Filters of a test",
        "description": "",
        "version": "0.1.0",
        "url": None,
        "networks": nets,
        "image_sets": [image_set],
        "lenses": {"kernels": {"slices": 16}, "examples": {"top": top}, "maximize": {"seed": 0}},
        "recipes": recipes(nets),
        "files": pictures.files,
    }
    return manifest, pictures.bytes.__getitem__


def _image_set(pictures: Pictures, count: int, size: tuple[int, int], publish: str) -> Manifest:
    entries = {}
    for number in range(count):
        id = hashlib.sha256(str(number).encode()).hexdigest()[:12]
        picture = None
        if publish == "full":
            picture = pictures.place("images/photos/", id, size[1], size[0], number)
            picture["file"] = f"images/photos/{picture['file']}"
        entries[id] = {
            "id": id,
            "label": LABELS[number % len(LABELS)],
            "pictures": [picture] if picture else [],
            "excites": [],
        }
    return {
        "name": "photos",
        "slug": "photos",
        "count": count,
        "publish": publish,
        "credit": "Drawn by the test.",
        "left_out": 1,
        "images": entries,
    }


def _network(
    pictures: Pictures,
    name: str,
    layers: int,
    filters: int,
    size: tuple[int, int],
    make: Make,
    images: Manifest,
    top: int,
) -> Manifest:
    network: Manifest = {
        "name": name,
        "slug": name,
        "href": f"{name}/index.html",
        "source": "tests/net.py:net",
        "weights": "none",
        "parameters": 1235496,
        "classes": 10,
        "preprocessing": {
            "size": list(size),
            "resize": [72],
            "channels": 3,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "interpolation": "bilinear",
        },
        "images": images["name"],
        "filters": layers * filters,
        "layers": [],
        "skipped": [["head.conv1d", "a convolution of one dimension"]],
        "photographs": {
            id: entry["pictures"][0] for id, entry in images["images"].items() if entry["pictures"]
        },
    }
    for depth in range(layers):
        layer = _layer(name, depth, layers, size)
        network["layers"].append(layer)
        folder = layer["href"].removesuffix("index.html")
        for index in range(filters):
            filter = _filter(pictures, folder, layer, index, images, size, make, top)
            layer["filters"].append(filter)
        layer["health"]["filters"] = filters
        layer["health"]["dead"] = sum(bool(f["dead"]) for f in layer["filters"])
    return network


def _layer(network: str, depth: int, layers: int, size: tuple[int, int]) -> Manifest:
    name = f"features.{depth}"
    reached = not (layers > 3 and depth == layers - 1)
    whole = layers > 3 and depth == layers - 2
    field = [min(3 + 8 * depth, 2 * size[0])] * 2
    return {
        "name": name,
        "slug": name,
        "href": f"{network}/{name}/index.html",
        "network": network,
        "module": name,
        "kind": "Conv2d",
        "activation": "relu" if reached else None,
        "rectified": reached,
        "norm": f"{name}.norm" if depth else None,
        "kernel": [3, 3],
        "stride": [1, 1],
        "padding": [1, 1],
        "dilation": [1, 1],
        "groups": 1,
        "transposed": False,
        "channels": 3 if depth == 0 else 48,
        "reached": reached,
        "map": [size[0] // 2, size[1] // 2] if reached else None,
        "units": [{"module": "features", "first": 192}] if depth == 1 else [],
        "receptive_field": field if reached and not whole else None,
        "local_receptive_field": field if reached else None,
        "health": {
            "filters": 0,
            "dead": 0,
            "passed": 5 if reached else 0,
            "failed": 1 if reached else 0,
            "median_ratio": 2.2 if reached else None,
            "attempts": 1.375 if reached else None,
        },
        "filters": [],
    }


def _filter(
    pictures: Pictures,
    folder: str,
    layer: Manifest,
    index: int,
    images: Manifest,
    size: tuple[int, int],
    make: Make,
    top: int,
) -> Manifest:
    seed = index * 7 + len(layer["name"])
    bare, dead = index % 8 == 5, index % 8 == 3
    examples = None if bare or not layer["reached"] else _examples(layer, index, images, size, top)
    return {
        "index": index,
        "href": f"{index}.html",
        "dead": None if bare or not layer["reached"] else dead,
        "kernels": None if bare else _kernels(pictures, folder, layer, index, seed),
        "maximize": None
        if bare or index % 16 == 3 or not layer["reached"]
        else make(partial(pictures.place, folder), layer, index),
        "examples": examples,
    }


def _kernels(
    pictures: Pictures, folder: str, layer: Manifest, index: int, seed: int
) -> dict[str, Any]:
    colour = layer["channels"] == 3
    shown = 1 if colour else min(16, layer["channels"])
    height, width = layer["kernel"]
    slices = [] if colour else [{"channel": 3 * i, "norm": 0.4 / (i + 1)} for i in range(shown)]
    return {
        "picture": pictures.place(folder, f"{index}-kernel", width * shown, height, seed),
        "mode": "colour" if colour else "slices",
        "size": layer["kernel"],
        "inputs": layer["channels"],
        "slices": slices,
    }


def _examples(
    layer: Manifest, index: int, images: Manifest, size: tuple[int, int], top: int
) -> dict[str, Any]:
    field, entries = layer["local_receptive_field"], list(images["images"].values())
    dead = index % 8 == 3
    shown = []
    for rank in range(min(top, len(entries))):
        entry = entries[(index * 5 + rank) % len(entries)]
        row, column = (rank * 11) % layer["map"][0], (rank * 17) % layer["map"][1]
        left, above = 2 * column - field[1] // 2, 2 * row - field[0] // 2
        response = -0.5 if dead else 26.8 / (rank + 1)
        shown.append(
            {
                "image": entry["id"],
                "response": response,
                "position": [row, column],
                "box": [
                    max(left, 0),
                    max(above, 0),
                    min(left + field[1], size[1]),
                    min(above + field[0], size[0]),
                ],
                "label": entry["label"],
            }
        )
        entry["excites"].append(
            {
                "network": layer["network"],
                "layer": layer["name"],
                "index": index,
                "href": f"{layer['href'].removesuffix('index.html')}{index}.html",
                "response": response,
            }
        )
    highest = -0.5 if dead else 26.8
    return {"top": shown, "highest": highest, "lowest": -3.25, "images": len(entries)}


def _grating(width: int, height: int, seed: int, lossless: bool) -> bytes:
    """A coloured grating with some noise, as a WebP file."""
    noise = np.random.Generator(np.random.Philox(seed)).random((height, width, 3))
    y, x = np.mgrid[0:height, 0:width]
    angle = seed * 0.7
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 24 / max(width, height))
    tint = 0.5 + 0.4 * np.cos(seed + np.arange(3) * 2.1)
    values = 0.5 + 0.4 * wave[..., None] * tint + 0.1 * (noise - 0.5)
    picture = Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=lossless, quality=75)
    return file.getvalue()
