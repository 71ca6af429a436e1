"""Sprites, an order, hues and notes for a manifest, as a build would add them to its layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from support.synthetic_pictures import Pictures

Fact = dict[str, Any]

TILE, COLUMNS, MOST = 64, 16, 256
VIEWS = ("made", "examples", "kernels")


def add_sprites(manifest: Fact, pictures: Pictures) -> None:
    """Gives every layer its sprites, one plain colour a tile, an order and each filter a hue.

    The order puts filters of even index before those of odd index. Of every eight filters one has
    no hue (index 2), one a note (index 6).
    """
    for network in manifest["networks"]:
        for layer in network["layers"]:
            count = len(layer["filters"])
            layer["sprites"] = {
                view: _sprites(layer, pictures, view, count, 40 * place)
                for place, view in enumerate(VIEWS)
            }
            layer["order"] = [*range(0, count, 2), *range(1, count, 2)]
            for filter in layer["filters"]:
                index = filter["index"]
                made = (filter["maximize"] or {}).get("positive")
                filter["hue"] = (index * 50) % 360 if made and index % 8 != 2 else None
                if index % 8 == 6:
                    filter["note"] = {"name": f"<pole> {index}", "remark": None, "text": ""}


def _sprites(layer: Fact, pictures: Pictures, view: str, count: int, dark: int) -> Fact:
    folder = layer["href"].removesuffix("index.html")
    files = [
        pictures.store(
            folder, f"sprite-{view}-{start // MOST}", _plain(min(count - start, MOST), dark)
        )
        for start in range(0, count, MOST)
    ]
    return {"tile": TILE, "columns": COLUMNS, "count": count, "files": files}


def _plain(count: int, dark: int) -> Any:
    """Tiles of one colour each, row by row: pixels [h, w, 3]."""
    rows = -(-count // COLUMNS)
    shades = np.full((rows, COLUMNS, 3), 128, np.uint8)
    for tile in range(count):
        shades[tile // COLUMNS, tile % COLUMNS] = (tile % 256, 200 - dark, 60 + dark)
    return shades.repeat(TILE, axis=0).repeat(TILE, axis=1)
