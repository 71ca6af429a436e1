"""What in images made filters answer, put into a manifest that no build made.

The tiles tell by their colours which method and which image they are of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from support.synthetic import Manifest, Read
from support.synthetic_pictures import Pictures

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "deconvnet": (200, 40, 40),
    "guided": (40, 200, 40),
    "gradient": (40, 40, 200),
}
"""Of the first tile; the further ones are darker."""


def traced(
    made: tuple[Manifest, Read],
    *,
    rectifiers: int = 2,
    count: int = 9,
    tile: tuple[int, int] = (24, 24),
) -> tuple[Manifest, Read]:
    """The same manifest and pictures, with the lens on for every filter that has examples."""
    manifest, read = made
    pictures = Pictures(1)
    manifest["lenses"]["attribution"] = {"methods": list(COLOURS), "top": count}
    for network in manifest["networks"]:
        for layer in network["layers"]:
            folder = layer["href"].removesuffix("index.html")
            for filter in layer["filters"]:
                if filter["examples"]:
                    shown = min(count, len(filter["examples"]["top"]))
                    filter["attribution"] = _told(
                        pictures, f"{folder}", filter["index"], shown, tile, rectifiers
                    )
    manifest["files"].update(pictures.files)
    return manifest, lambda digest: pictures.bytes.get(digest) or read(digest)


def _told(
    pictures: Pictures,
    folder: str,
    index: int,
    count: int,
    tile: tuple[int, int],
    rectifiers: int,
) -> dict[str, Any]:
    methods = COLOURS if rectifiers else {"gradient": COLOURS["gradient"]}
    return {
        "methods": {
            method: {
                "picture": pictures.store(folder, f"{index}-{method}", _sprite(colour, count, tile))
            }
            for method, colour in methods.items()
        },
        "tile": list(tile),
        "count": count,
        "windows": [[0, 0, *tile[::-1]]] * count,
        "rectifiers": rectifiers,
    }


def _sprite(colour: tuple[int, int, int], count: int, tile: tuple[int, int]) -> NDArray[np.uint8]:
    tiles = [np.full((*tile, 3), colour) * (1 - place / 20) for place in range(count)]
    return np.concatenate(tiles, axis=1).astype(np.uint8)
