"""A network as a map to scale: a block for each layer, as high as its map and as thick as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

from convatlas.model.manifest import Layer, Network
from convatlas.site.pages.blocks import Stage

HIGH = 144
"""Height of the input, in pixels; of a map, in proportion to the root of its side."""
THICK = (40, 112)
"""Thickness of the layer with most filters, at least and at most; of others, by the root."""
TARGET = 24
"""Width of what can be pressed, at least."""
INPUT = 44
"""Width of the input's column, which has its name below."""
WIDE = 1216
"""Width of a page's column, which the map of a small network fills."""
GAP = 8
"""Space between blocks."""
TOP = 24
"""Space above the input, for the sides of the maps."""
LETTER = 7
"""Width of a letter, about."""


class Block(NamedTuple):
    """A layer, or the input (None): its block, and the column that can be pressed."""

    layer: Layer | None
    left: float
    width: float
    top: float
    height: float
    column: float
    pressed: float
    side: str  # of its map, where the block before has another


class Span(NamedTuple):
    """A stage, under its blocks; ``text`` is empty where there is no room for its name."""

    left: float
    right: float
    text: str


@dataclass(frozen=True)
class LayerMap:
    """The map of a network, in pixels."""

    blocks: Sequence[Block]
    spans: Sequence[Span]
    width: int
    height: int = TOP + HIGH + 32
    foot: int = TOP + HIGH + 8


def layer_map(network: Network, stages: Sequence[Stage]) -> LayerMap:
    """The map of a network whose layers are in these stages."""
    blocks = list(_blocks(network))
    spans = list(_spans(blocks[1:], stages))
    ends = [blocks[-1].column + blocks[-1].pressed]
    ends += [span.left + len(span.text) * LETTER for span in spans]
    return LayerMap(blocks, spans, ceil(max(ends)) + 1)


def _blocks(network: Network) -> Iterator[Block]:
    size, channels = network["preprocessing"]["size"], network["preprocessing"]["channels"]
    entries: list[tuple[Layer | None, int, Sequence[int] | None]] = [(None, channels, size)]
    entries += [(layer, layer["health"]["filters"], layer["map"]) for layer in network["layers"]]
    widths = _widths([filters for _, filters, _ in entries])
    column, before = 0.0, None
    for (layer, _, side), width in zip(entries, widths, strict=True):
        height, pressed = _height(side, size), max(width, TARGET if layer else INPUT)
        left = column + (pressed - width) / 2
        text = "×".join(map(str, dict.fromkeys(side))) if side and side != before else ""
        yield Block(
            layer,
            left=_tenth(left),
            width=_tenth(width),
            top=_tenth(TOP + (HIGH - height) / 2),
            height=_tenth(height),
            column=_tenth(column),
            pressed=_tenth(pressed),
            side=text,
        )
        column, before = column + pressed + GAP, side


def _tenth(value: float) -> float:
    return round(value, 1)


def _widths(filters: Sequence[int]) -> list[float]:
    """Of blocks, by the roots of their numbers of filters: together a page wide, where they can."""
    roots = [sqrt(count / max(filters)) for count in filters]
    free = (WIDE - GAP * (len(roots) - 1)) / sum(roots)
    narrow = [root for root in roots if root * free < TARGET]  # they take more than they need
    spare = WIDE - GAP * (len(roots) - 1) - TARGET * len(narrow) - INPUT
    scale = spare / max(sum(roots) - sum(narrow), 1)
    thick = min(max(scale, THICK[0]), THICK[1])
    return [max(thick * root, 2) for root in roots]


def _height(side: Sequence[int] | None, size: Sequence[int]) -> float:
    """Of a block: by the geometric mean of the map's sides, four pixels at least."""
    if side is None:
        return 24.0
    return max(HIGH * sqrt(sqrt(side[0] * side[1] / (size[0] * size[1]))), 4)


def _spans(blocks: Sequence[Block], stages: Sequence[Stage]) -> Iterator[Span]:
    """A stage's name in full, or without what most begin with, or none: as there is room."""
    shared = _shared([stage.name for stage in stages])
    free = 0.0
    for number, stage in enumerate(stages):
        first, last = blocks[stage.first], blocks[stage.first + len(stage.layers) - 1]
        left, right = first.column, last.column + last.pressed
        room = right + (WIDE if number + 1 == len(stages) else 0) - max(left, free)
        names = (stage.name, stage.name.removeprefix(shared))
        text = next((name for name in names if len(name) * LETTER <= room), "")
        if text:
            free = max(left, free) + len(text) * LETTER + GAP
        yield Span(left, right, text)


def _shared(names: Sequence[str]) -> str:
    """What most of the names begin with, with its point; "" where they do not."""
    first = names[0].partition(".")[0] + "."
    return first if sum(name.startswith(first) for name in names) > len(names) / 2 else ""
