"""Derived from pictures: sprites, that is, all filters of a layer as small tiles in few files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
from convatlas.lenses.crops.records import CropsData, read_crops
from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.kernels.records import KernelData, read_kernel
from convatlas.lenses.maximize.records import read_attempts
from convatlas.lenses.photographs.records import read_photograph
from convatlas.model import scores as scores
from convatlas.model.crops import window
from convatlas.model.records import Layer, Picture, Record, RecordOf
from convatlas.planning.plan import Plan

NAME = "sprites"
"""The lens that sprites bear; their items are the views."""

VERSION = 1
"""Raised when the same pictures give other sprites."""

COLUMNS = 16
"""Tiles in a row of a sprite."""

MOST = 256
"""Tiles of a sprite; a layer with more filters has several."""

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, width and height."""
Cut = tuple[str, Box | None]
"""The digest of a picture, and what of it is shown; None for all."""
View = Callable[[Plan, Layer, int], Cut | None]
"""What a tile shows of a filter; None where there is nothing."""


def sprites(plans: Sequence[Plan]) -> list[Derived]:
    """The sprites of each layer, one record a view, where one filter at least has something.

    A record holds ``tile``, ``columns``, ``count``, and ``hues``: by index, the hue of the tile in
    degrees, where it has one. Its pictures are "0", "1", ..., each with the tiles of 256 filters,
    in their order. The tile of a filter that has nothing to show is mid-grey.
    """
    return [each for plan in plans for each in _of_plan(plan)]


def made(plan: Plan, layer: Layer, index: int) -> Picture | None:
    """The picture that was made to excite a filter; None where there is none, or it does not."""
    attempts = [record for _, record in read_attempts(plan.records, layer.name, index, "positive")]
    if not attempts:
        return None
    best = attempts[scores.best([record.data for record in attempts], "positive")]
    response = best.data["response"]
    fails = response is None or (layer.rectified and response <= 0)
    return None if fails else best.pictures["picture"]


def _of_plan(plan: Plan) -> Iterator[Derived]:
    for layer, filters in plan.context.layers():
        for view, look in VIEWS.items():
            cuts = [look(plan, layer, index) for index in filters]
            if any(cuts):
                make = partial(_record, view, cuts, list(filters))
                yield derived(plan, NAME, VERSION, layer.name, view, [view, TILES, cuts], make)


def _made(plan: Plan, layer: Layer, index: int) -> Cut | None:
    picture = made(plan, layer, index)
    return (picture.digest, None) if picture else None


def _example(plan: Plan, layer: Layer, index: int) -> Cut | None:
    """The window of the image that excites a filter most, as far as it may be shown."""
    evidence = read_examples(plan.records, layer.name, index)
    if evidence is None:
        return None
    if plan.context.policy.publish == "crops":
        return _first(read_crops(plan.records, layer.name, index), "crops")
    first = evidence.data["top"][0]
    shown = read_photograph(plan.records, first["image"])
    if shown is None:
        return None
    cut = window(layer, first["position"], plan.context.network.preprocessing.size)
    return shown.digest, (cut.left, cut.top, cut.width, cut.height)


def _kernel(plan: Plan, layer: Layer, index: int) -> Cut | None:
    """The kernel in colour, or its strongest slice."""
    return _first(read_kernel(plan.records, layer.name, index), "kernel")


def _first(record: RecordOf[CropsData] | RecordOf[KernelData] | None, name: str) -> Cut | None:
    """The first of several tiles side by side, whose ``size`` [h, w] is told."""
    if record is None:
        return None
    height, width = record.data["size"]
    return record.pictures[name].digest, (0, 0, width, height)


VIEWS: Mapping[str, View] = {"made": _made, "examples": _example, "kernels": _kernel}
"""What the tiles of a layer may show."""


def _record(view: str, cuts: Sequence[Cut | None], filters: Sequence[int], read: Read) -> Record:
    shown = _tiles({cut for cut in cuts if cut}, view == "kernels", read)
    tiles = [shown.get(cut) for cut in cuts]
    hues = {
        str(index): hue(tile)
        for index, tile in zip(filters, tiles, strict=True)
        if tile is not None
    }
    data = {"tile": TILE, "columns": COLUMNS, "count": len(tiles), "hues": hues}
    encode = encode_lossless if view == "kernels" else partial(encode_avif, quality=TILES)
    files = {
        str(start // MOST): encode(mosaic(tiles[start : start + MOST], COLUMNS))
        for start in range(0, len(tiles), MOST)
    }
    return Record(data, files)


def _tiles(cuts: Collection[Cut], exact: bool, read: Read) -> Mapping[Cut | None, Pixels]:
    """What is shown of each; many filters are shown parts of the same pictures."""
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
