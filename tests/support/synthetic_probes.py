"""Probes and hypotheses as a manifest tells them, with generated pictures.

Every second probe starts from the whole map. The first layer has no rectifier before it, and of the
last probe's last layer nothing is there yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convatlas.lenses.hypotheses import text as claims
from convatlas.lenses.hypotheses.section import rank
from convatlas.model import scores
from convatlas.model.crops import Crop, crop
from support.synthetic_pictures import Pictures

Fact = dict[str, Any]

METHODS = ("deconvnet", "guided", "gradient")
NAMES = ("goldfish", "a street & <houses>", "leaves")
CLAIMS = ("a building with many windows", "leaves", "eyes & <noses>", "the colour red")


def probes(pictures: Pictures, networks: Sequence[Fact], count: int) -> list[Fact]:
    """So many probes, each seen by all networks."""
    made = []
    for number in range(count):
        name = NAMES[number] if number < len(NAMES) else f"picture {number}"
        folder = f"probes/probe{number}"
        made.append(
            {
                "name": name,
                "slug": f"probe{number}",
                "href": f"{folder}/index.html",
                "networks": [
                    _seen(pictures, network, folder, number, last=number == count - 1 and number)
                    for network in networks
                ],
            }
        )
    return made


def _seen(pictures: Pictures, network: Fact, folder: str, number: int, last: int | bool) -> Fact:
    high, wide = size = network["preprocessing"]["size"]
    folder = f"{folder}/{network['slug']}"
    reached = [layer for layer in network["layers"] if layer["reached"]]
    shown = reached[:-1] if last else reached
    picture = pictures.place(f"{folder}/", "picture", wide, high, number)
    shares = (0.9512, 0.03, 0.01, 0.005, 0.0001)
    told = {
        "network": network["name"],
        "slug": network["slug"],
        "href": f"{folder}/index.html",
        "picture": {**picture, "file": f"{folder}/{picture['file']}"},
        "size": size,
        "prediction": [
            {"class": n, "label": None if n == 3 else f"class <{n}>", "share": share}
            for n, share in enumerate(shares)
        ],
        "top": 15,
        "from": "map" if number % 2 else "peak",
        "methods": list(METHODS),
        "asked": len(reached),
    }
    start = told["from"]
    layers = [_layer(pictures, layer, size, folder, number, start) for layer in shown]
    return {**told, "layers": layers, "missed": []}


def _layer(
    pictures: Pictures, layer: Fact, size: Sequence[int], folder: str, seed: int, start: str
) -> Fact:
    filters, (high, wide) = len(layer["filters"]), layer["map"]
    means = answers(filters, seed + len(layer["filters"]))
    order = sorted(range(filters), key=lambda index: -means[index])[:15]
    columns = min(filters, 32 if filters > 256 else 12)
    high, wide = min(high, 32), min(wide, 32)
    sheet = pictures.store(
        f"{folder}/", f"{layer['name']}-maps", maps(filters, columns, high, wide, seed)
    )
    top = [_entry(layer, size, index, means[index], start) for index in order]
    first = layer["name"] == "features.0"
    return {
        "name": layer["name"],
        "slug": layer["name"],
        "href": layer["href"],
        "filters": filters,
        "map": layer["map"],
        "means": means,
        "highest": [3 * abs(mean) + 1 for mean in means],
        "maps": {"picture": _under(folder, sheet), "columns": columns, "tile": [high, wide]},
        "rectifiers": 0 if first else 1,
        "top": top,
        "methods": {
            method: _method(pictures, f"{layer['name']}-{method}", folder, top, number)
            for number, method in enumerate(METHODS)
        },
    }


def _entry(layer: Fact, size: Sequence[int], index: int, mean: float, start: str) -> Fact:
    height, width = size
    row, column = index % layer["map"][0], (3 * index) % layer["map"][1]
    field = layer["local_receptive_field"]
    left, top = (
        max(column * width // layer["map"][1] - field[1] // 2, 0),
        max(row * height // layer["map"][0] - field[0] // 2, 0),
    )
    box = [left, top, min(left + field[1], width), min(top + field[0], height)]
    window = crop(box, field, size) if start == "peak" else Crop(0, 0, width, height, False)
    return {
        "index": index,
        "href": f"{layer['href'].removesuffix('index.html')}{index}.html",
        "mean": mean,
        "highest": 3 * abs(mean) + 1,
        "position": [row, column],
        "box": box,
        "window": window._asdict(),
    }


def _method(pictures: Pictures, stem: str, folder: str, top: Sequence[Fact], number: int) -> Fact:
    tiles = [traced(entry["index"], number) for entry in top]
    picture = pictures.store(f"{folder}/", stem, np.concatenate(tiles, axis=1))
    sides = ("left", "top", "width", "height")
    return {
        "picture": _under(folder, picture),
        "tile": list(tiles[0].shape[:2]),
        "filters": [entry["index"] for entry in top],
        "windows": [[entry["window"][side] for side in sides] for entry in top],
    }


def _under(folder: str, picture: Fact) -> Fact:
    return {**picture, "file": f"{folder}/{picture['file']}"}


def answers(filters: int, seed: int) -> list[float]:
    """Mean responses of a layer: few strong, some below zero."""
    draws = np.random.Generator(np.random.Philox(seed)).normal(size=filters)
    return [round(float(draw), 4) for draw in draws**3 + 0.2]


def maps(filters: int, columns: int, high: int, wide: int, seed: int) -> NDArray[np.uint8]:
    """A sprite of maps, each with one bright spot whose place tells its filter."""
    rows = -(-filters // columns)
    pixels = np.zeros((rows * high, columns * wide, 3), np.uint8)
    y, x = np.mgrid[0:high, 0:wide]
    for index in range(filters):
        row, column = divmod(index, columns)
        spot = (index + seed) % high, (3 * index) % wide
        bump = 255 * np.exp(-((y - spot[0]) ** 2 + (x - spot[1]) ** 2) / (high / 2))
        tile = pixels[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
        tile[..., 2] = np.where((x + y) % 7 == 0, 96, 0)
        tile[...] = np.maximum(tile, bump[..., None].astype(np.uint8))
    return pixels


def traced(index: int, number: int) -> NDArray[np.uint8]:
    """A tile of a method: grey with a coloured cross that tells filter and method."""
    tile = np.full((48, 48, 3), 128, np.uint8)
    tile[index % 48, :, number] = 255
    tile[:, (5 * index) % 48, (number + 1) % 3] = 0
    return tile


def hypotheses(pictures: Pictures, networks: Sequence[Fact], count: int) -> list[Fact]:
    """So many claims about filters of the second layer: confirmed, weak, not, not measured."""
    return [_claim(pictures, networks[n % len(networks)], n) for n in range(count)]


def _claim(pictures: Pictures, network: Fact, number: int) -> Fact:
    layer, kind = network["layers"][1], number % 4
    filters = len(layer["filters"])
    means = answers(filters, number)
    order = sorted(range(filters), key=lambda index: -means[index])
    index = order[-1] if kind == 2 else order[0]
    wide = network["preprocessing"]["size"][1]
    shown = pictures.place("hypotheses/", f"net-{number}", wide, wide, number)
    tests = [
        {
            "id": f"{number:06}{picture:06}",
            "picture": None if picture else {**shown, "file": f"hypotheses/{shown['file']}"},
            "rank": rank(means, index),
            "mean": means[index],
            "means": means,
            "held": rank(means, index) <= min(15, filters - 1),
        }
        for picture in range(1 + number % 2)
    ]
    share = {1: 0.45}.get(kind, 0.032)
    told = {
        "number": number + 1,
        "filter": f"{network['name']}/{layer['name']}/{index}",
        "network": network["name"],
        "layer": layer["name"],
        "index": index,
        "href": f"{layer['href'].removesuffix('index.html')}{index}.html",
        "claim": CLAIMS[number % len(CLAIMS)],
        "top": min(15, filters - 1),
        "expect": {0: "confirmed", 2: "confirmed"}.get(kind),
        "pictures": [] if kind == 3 else tests,
        "control": {"top": 15, "share": share, "images": 1000},
    }
    ranks = [test["rank"] for test in tests]
    told["verdict"] = None if kind == 3 else scores.claimed(ranks, told["top"], share)
    return told | {"why": claims.why(told)}
