"""A map of a network: a block per layer, sized by its feature map and its number of filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

from convatlas.model.manifest import Layer, Network
from convatlas.site.pages.blocks import Stage

HIGH = 144
"""Height of the input, in pixels; maps are scaled by the square root of their side."""
THICK = (40, 112)
"""Minimum and maximum thickness of the layer with most filters; others scale by the square root."""
TARGET = 24
"""Minimum width of a clickable column."""
INPUT = 44
"""Width of the input's column, with its name below."""
WIDE = 1216
"""Width of a page's content, which the map of a small network fills."""
GAP = 8
"""Space between blocks."""
TOP = 24
"""Space above the input, for the labels with the sides of the maps."""
LETTER = 7
"""Approximate width of a letter."""


class Block(NamedTuple):
    """A layer, or the input (None): its block and its clickable column, in pixels."""

    layer: Layer | None
    left: float
    width: float
    top: float
    height: float
    column: float
    pressed: float  # width of the column
    side: str  # sides of its map: "13" or "13×15"; "" if the same as of the previous block


class Span(NamedTuple):
    """A stage below its blocks; ``text`` is empty if there is no room for its name."""

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
    """Return the map of a network, given its stages."""
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
    """Return the widths of blocks, by the root of their filters; they fill a page if possible."""
    roots = [sqrt(count / max(filters)) for count in filters]
    free = (WIDE - GAP * (len(roots) - 1)) / sum(roots)
    narrow = [root for root in roots if root * free < TARGET]  # narrower than their columns
    spare = WIDE - GAP * (len(roots) - 1) - TARGET * len(narrow) - INPUT
    scale = spare / max(sum(roots) - sum(narrow), 1)
    thick = min(max(scale, THICK[0]), THICK[1])
    return [max(thick * root, 2) for root in roots]


def _height(side: Sequence[int] | None, size: Sequence[int]) -> float:
    """Return the height of a block, by the mean side of its map relative to the input."""
    if side is None:
        return 24.0
    return max(HIGH * sqrt(sqrt(side[0] * side[1] / (size[0] * size[1]))), 4)


def _spans(blocks: Sequence[Block], stages: Sequence[Stage]) -> Iterator[Span]:
    """Yield the stages with their names, shortened or left out if there is too little room."""
    prefix = _common_prefix([stage.name for stage in stages])
    free = 0.0
    for number, stage in enumerate(stages):
        first, last = blocks[stage.first], blocks[stage.first + len(stage.layers) - 1]
        left, right = first.column, last.column + last.pressed
        room = right + (WIDE if number + 1 == len(stages) else 0) - max(left, free)
        names = (stage.name, stage.name.removeprefix(prefix))
        text = next((name for name in names if len(name) * LETTER <= room), "")
        if text:
            free = max(left, free) + len(text) * LETTER + GAP
        yield Span(left, right, text)


def _common_prefix(names: Sequence[str]) -> str:
    """Return the first name's first part, with its dot, if most names share it; else ""."""
    first = names[0].partition(".")[0] + "."
    return first if sum(name.startswith(first) for name in names) > len(names) / 2 else ""
