"""Derived from pictures: sprites, that is, all filters of a layer as small tiles in few files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from convatlas.deriving.base import Derived, Read, derived
from convatlas.images.codecs.avif import TILES, encode_avif
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode_lossless
from convatlas.images.colour import hue
from convatlas.images.sprites import TILE, mosaic, thumbnail
from convatlas.lenses.parts.sprite import Box, Cut
from convatlas.lenses.registry import sprite_views
from convatlas.model.derived import SPRITES, SpriteData
from convatlas.model.records import Record
from convatlas.planning.plan import Plan

VERSION = 1
"""Raised when the same pictures give other sprites."""

COLUMNS = 16
"""Tiles in a row of a sprite."""

MOST = 256
"""Tiles of a sprite; a layer with more filters has several."""

Pixels = NDArray[np.uint8]


def sprites(plans: Sequence[Plan]) -> list[Derived]:
    """Return what makes the sprites of each layer: one for each view that shows something.

    The record is a ``SpriteData``. Its pictures have the tiles of 256 filters each, in their order;
    the tile of a filter that has nothing to show is mid-grey.
    """
    return [each for plan in plans for each in _of_plan(plan)]


def _of_plan(plan: Plan) -> Iterator[Derived]:
    network, records = plan.context.network, plan.records
    for layer, filters in plan.context.layers():
        for view in sprite_views():
            cuts = [view.cut(network, records, layer, index) for index in filters]
            if any(cuts):
                make = partial(_record, view.lossless, cuts, list(filters))
                material = [view.name, TILES, cuts]
                yield derived(plan, SPRITES, VERSION, layer.name, view.name, material, make)


def _record(
    lossless: bool, cuts: Sequence[Cut | None], filters: Sequence[int], read: Read
) -> Record:
    shown = _tiles({cut for cut in cuts if cut}, lossless, read)
    tiles = [shown.get(cut) for cut in cuts]
    hues = {
        str(index): hue(tile)
        for index, tile in zip(filters, tiles, strict=True)
        if tile is not None
    }
    data: SpriteData = {"tile": TILE, "columns": COLUMNS, "count": len(tiles), "hues": hues}
    encode = encode_lossless if lossless else partial(encode_avif, quality=TILES)
    files = {
        str(start // MOST): encode(mosaic(tiles[start : start + MOST], COLUMNS))
        for start in range(0, len(tiles), MOST)
    }
    return Record(data, files)


def _tiles(cuts: Collection[Cut], exact: bool, read: Read) -> Mapping[Cut | None, Pixels]:
    """Return the tile of each; many filters are shown parts of the same pictures."""
    parts: dict[str, list[Box | None]] = {}
    for digest, box in cuts:
        parts.setdefault(digest, []).append(box)

    def cut(digest: str, data: bytes) -> list[tuple[Cut, Pixels]]:
        pixels = decode(data)
        return [((digest, box), thumbnail(_part(pixels, box), exact)) for box in parts[digest]]

    with ThreadPoolExecutor() as pool:  # codecs let go of the interpreter
        groups = pool.map(cut, parts, [read(digest) for digest in parts])
        return {each: tile for group in groups for each, tile in group}


def _part(pixels: Pixels, box: Box | None) -> Pixels:
    if box is None:
        return pixels
    left, top, width, height = box
    return pixels[top : top + height, left : left + width]
