"""How a maximised picture is made: presets, choices by layer, and further attempts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from convatlas.config import schema
from convatlas.records import Json, Layer, Preprocessing

SMALL_FIELD = 40
"""Up to this many pixels a receptive field is shown whole."""

SMALLEST_CANVAS = 64
"""Of a layer with a larger field, in pixels."""


Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Recipe:
    """All that determines a picture beside the network, the filter and the direction."""

    objective: str  # "channel": mean over the map; "neuron": its centre
    canvas: str  # "fourier" or "pixels"
    size: tuple[int, int]  # height and width in pixels
    steps: int
    rate: float  # of Adam
    jitter: float  # largest shift, in pixels
    rotate: float  # largest angle, in degrees
    scale: float  # largest relative change of size
    seed: int = 0

    @classmethod
    def of(cls, value: Json) -> Recipe:
        """The recipe of its JSON data."""
        return cls(**{**value, "size": tuple(value["size"])})

    @property
    def json(self) -> Json:
        """The recipe as JSON data."""
        return {**asdict(self), "size": list(self.size)}


@dataclass(frozen=True)
class Preset:
    """Steps and canvas for a large receptive field; steps for a small one."""

    steps: int
    size: int
    small_steps: int


PRESETS = {
    "draft": Preset(steps=64, size=64, small_steps=96),
    "standard": Preset(steps=128, size=96, small_steps=128),
    "publication": Preset(steps=2560, size=224, small_steps=512),
}


def recipe(
    options: schema.Recipe, layer: Layer, preprocessing: Preprocessing, least: Size = (1, 1)
) -> Recipe:
    """The recipe of a layer: what is set by hand, and for the rest the preset's choice.

    ``least`` is the smallest canvas, [height, width], that reaches the layer at all.
    """
    preset = PRESETS[options.preset or "standard"]
    default = _default(layer, preprocessing, preset, least)
    set_by_hand = options.model_dump(exclude_none=True, exclude={"preset", "size"})
    if options.size is not None:
        set_by_hand["size"] = (options.size, options.size)
    if options.canvas == "pixels" != default.canvas:
        set_by_hand = {**STILL, **set_by_hand}
    return replace(default, **set_by_hand)


STILL: dict[str, Any] = {"rate": 0.25, "jitter": 0.0, "rotate": 0.0, "scale": 0.0}
"""How plain pixels are optimised: where nothing moves, larger steps do no harm."""


def _default(layer: Layer, preprocessing: Preprocessing, preset: Preset, least: Size) -> Recipe:
    """The choice by receptive field.

    A convolution on the input itself: its field in plain pixels, for the best picture is at the
    ends of the colours and nothing need be smooth. A small field: a little more than the field,
    made for the centre, for a texture would show mostly what the filter does not see at once. A
    large one: a texture.
    """
    field = layer.field.size if layer.field else None
    if field == layer.kernel:
        return Recipe(
            "neuron", "pixels", _covering(layer, preprocessing), preset.small_steps, **STILL
        )
    if field is not None and max(field) <= SMALL_FIELD:
        wished = [side + max(4, side // 4) for side in field]
        wider = _within(list(map(max, wished, least)), preprocessing)
        return Recipe("neuron", "fourier", wider, preset.small_steps, 0.05, 1.0, 3.0, 0.03)
    size = _large_canvas(layer, preprocessing, preset.size, least)
    return Recipe("channel", "fourier", size, preset.steps, 0.05, min(size) / 12, 5.0, 0.05)


def _covering(layer: Layer, preprocessing: Preprocessing) -> tuple[int, int]:
    """The smallest canvas on which some position of a first convolution sees no padding."""
    sides = zip(layer.kernel, layer.dilation, layer.stride, layer.padding, strict=True)
    # The first position that sees no padding starts at the first multiple of the stride past it.
    return _within(
        [d * (k - 1) + 1 + -p % s for k, d, s, p in sides],
        preprocessing,
    )


def _large_canvas(
    layer: Layer, preprocessing: Preprocessing, most: int, least: Size
) -> tuple[int, int]:
    """A quarter more than the receptive field, from 64 px to the preset's size.

    At least what reaches the layer and leaves it two positions; never more than the input.
    """
    field = layer.field.size if layer.field and layer.field.size else (most, most)
    wished = [min(most, max(SMALLEST_CANVAS, -(-side * 5 // 32) * 8)) for side in field]
    needed = reaching(layer, preprocessing, positions=2)
    sides = [max(sides) for sides in zip(wished, needed, least, strict=True)]
    return _within(sides, preprocessing)


def reaching(layer: Layer, preprocessing: Preprocessing, positions: int) -> tuple[int, int]:
    """The canvas on which a layer's map has so many positions along each axis.

    Without padding, a map shrinks by one position for each step's worth of pixels. The step is
    taken to be a power of two: the largest one that is not above input over map.
    """
    assert layer.map is not None
    height, width = (
        whole - (of - positions) * 2 ** int(math.log2(max(1, whole / of)))
        for whole, of in zip(preprocessing.size, layer.map, strict=True)
    )
    return max(1, height), max(1, width)


def _within(sides: Sequence[int], preprocessing: Preprocessing) -> tuple[int, int]:
    height, width = (
        min(side, whole) for side, whole in zip(sides, preprocessing.size, strict=True)
    )
    return height, width


def chosen(options: schema.Maximize, variant: str | None, layer: str, draft: bool) -> schema.Recipe:
    """What is set for a layer: by the lens, then by its globs, then by the variant."""
    sections: list[schema.Recipe] = [options]
    sections += [section for glob, section in options.layers.items() if fnmatchcase(layer, glob)]
    if variant is not None:
        sections.append(options.variants[variant])
    merged = {
        name: value
        for section in sections
        for name, value in section.model_dump(include=set(schema.Recipe.model_fields)).items()
        if value is not None
    }
    if draft:
        merged["preset"] = "draft"
    return schema.Recipe(**merged)


def retry(first: Recipe, attempt: int) -> Recipe:
    """The recipe of the n-th attempt (from 0), each with more means than the one before.

    First the single position and twice the steps; then the same without movement; then plain
    pixels.
    """
    if attempt == 0:
        return first
    again = replace(first, objective="neuron", steps=2 * first.steps, seed=first.seed + attempt)
    if attempt == 1:
        return again
    still = replace(again, jitter=0.0, rotate=0.0, scale=0.0)
    if attempt == 2:
        return replace(still, rate=0.1)
    return replace(still, canvas="pixels", steps=3 * first.steps, rate=0.25)
