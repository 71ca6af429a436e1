"""Which recipe a layer gets: what is set by hand and, for the rest, a preset's choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from convatlas.config import schema
from convatlas.lenses.maximize.recipe import IMAGENET, STILL, Recipe, Size
from convatlas.model.records import Json, Layer, Preprocessing

SMALLEST_CANVAS = 64
"""Of a layer whose field is not shown whole, in pixels."""

CONVERGED = 128
"""Steps after which plain pixels under a convolution stand at the ends of their range."""


@dataclass(frozen=True)
class Preset:
    """How long, how fast and on which canvas; ``small``: of a receptive field shown whole."""

    steps: int
    size: int
    rate: float
    small_rate: float
    tolerance: float  # see ``Recipe``
    jitter: float  # as a share of the canvas
    rotate: float
    scale: float


PRESETS = {
    "draft": Preset(64, 64, 0.2, 0.12, 0.01, 1 / 24, 2.5, 0.025),
    "standard": Preset(96, 96, 0.2, 0.12, 0.01, 1 / 24, 2.5, 0.025),
    # As in the appendix of Distill's "Feature Visualization" (2017): slowly, for long, moved more.
    "publication": Preset(2560, 224, 0.05, 0.05, 0.001, 1 / 14, 5.0, 0.05),
}

CLASSIC = Recipe(
    "channel", "pixels", (56, 56), 20, 0.1, growths=12, growth=1.2, blur=1.4, tolerance=0.0
)
"""The recipe that most tutorials copy: https://github.com/fg91/visualizing-cnn-feature-maps."""


def recipe(
    options: schema.Recipe,
    layer: Layer,
    preprocessing: Preprocessing,
    least: Size = (1, 1),
    statistics: Callable[[str | None], Json] = lambda name: None,
) -> Recipe:
    """The recipe of a layer: what is set by hand, and for the rest the preset's choice.

    ``least`` is the smallest canvas, [height, width], that reaches the layer at all; ``statistics``
    gives {"set", "digest"} of an image set's statistics by its name (None: the network's own set).
    """
    default = _default(options.preset or "standard", layer, preprocessing, least)
    by_hand = options.model_dump(exclude_none=True, exclude={"preset", "size", "at", "colours"})
    if options.size is not None:
        by_hand["size"] = (options.size, options.size)
    if options.at is not None:
        by_hand["at"] = (options.at[0], options.at[1])
    canvas = options.canvas or default.canvas
    if canvas != default.canvas:
        by_hand = {**OTHER_CANVAS[canvas], **by_hand}
    by_hand["colours"] = _colours(options.colours, canvas, preprocessing.channels, statistics)
    return replace(default, **by_hand)


OTHER_CANVAS: dict[str, dict[str, Any]] = {
    "pixels": {**STILL, "rate": 0.25},
    "fourier": {"rate": 0.12},
    "phase": {"rate": 0.5},
}
"""How a canvas is optimised where it is not the preset's: larger steps where nothing moves."""


def _colours(
    name: str | None, canvas: str, channels: int, statistics: Callable[[str | None], Json]
) -> Json:
    if canvas == "phase":
        return statistics(None if name == IMAGENET else name)
    if canvas == "pixels" or channels == 1:
        return None
    if name in (None, IMAGENET):
        return {"set": IMAGENET, "digest": IMAGENET}
    return statistics(name)


def _default(name: str, layer: Layer, preprocessing: Preprocessing, least: Size) -> Recipe:
    """The choice by receptive field.

    A convolution on the input itself: its field in plain pixels, for the best picture is at the
    ends of the colours and nothing need be smooth. A field of at most half the canvas: a little
    more than the field, made for the centre, for a texture would show mostly what the filter does
    not see at once. A larger one: a texture.
    """
    if name == "classic":
        height, width = map(max, CLASSIC.size, least)
        return replace(CLASSIC, size=(height, width))
    preset = PRESETS[name]
    field = layer.field.size if layer.field else None
    if field == layer.kernel:
        size = _covering(layer, preprocessing)
        steps = max(CONVERGED, preset.steps)
        return Recipe("neuron", "pixels", size, steps, 0.25, tolerance=0.01)
    if field is not None and not large(layer, name):
        wished = [side + max(4, side // 4) for side in field]
        size = _within(list(map(max, wished, least)), preprocessing)
        part = Recipe("neuron", "fourier", size, preset.steps, preset.small_rate)
        return replace(part, jitter=1.0, rotate=2.0, scale=0.02, tolerance=preset.tolerance)
    size = _large_canvas(layer, preprocessing, preset.size, least)
    return Recipe(
        "channel",
        "fourier",
        size,
        preset.steps,
        preset.rate,
        jitter=min(size) * preset.jitter,
        rotate=preset.rotate,
        scale=preset.scale,
        tolerance=preset.tolerance,
    )


def large(layer: Layer, preset: str) -> bool:
    """Whether a layer sees more than half the preset's canvas at once."""
    if preset == "classic":
        return False
    field = layer.field.size if layer.field else None
    return field is None or max(field) > PRESETS[preset].size // 2


def _covering(layer: Layer, preprocessing: Preprocessing) -> Size:
    """The smallest canvas on which some position of a first convolution sees no padding."""
    sides = zip(layer.kernel, layer.dilation, layer.stride, layer.padding, strict=True)
    # The first position that sees no padding starts at the first multiple of the stride past it.
    return _within(
        [d * (k - 1) + 1 + -p % s for k, d, s, p in sides],
        preprocessing,
    )


def _large_canvas(layer: Layer, preprocessing: Preprocessing, most: int, least: Size) -> Size:
    """A quarter more than the receptive field, from 64 px to the preset's size.

    At least what reaches the layer and leaves it two positions; never more than the input.
    """
    field = layer.field.size if layer.field and layer.field.size else (most, most)
    wished = [min(most, max(SMALLEST_CANVAS, -(-side * 5 // 32) * 8)) for side in field]
    needed = reaching(layer, preprocessing, positions=2)
    sides = [max(sides) for sides in zip(wished, needed, least, strict=True)]
    return _within(sides, preprocessing)


def reaching(layer: Layer, preprocessing: Preprocessing, positions: int) -> Size:
    """The canvas on which a layer's map has so many positions along each axis.

    Without padding, a map shrinks by one position for each step's worth of pixels. The step is
    taken to be a power of two: the largest one that is not above input over map.
    """
    assert layer.map_size is not None
    height, width = (
        whole - (of - positions) * 2 ** int(math.log2(max(1, whole / of)))
        for whole, of in zip(preprocessing.size, layer.map_size, strict=True)
    )
    return max(1, height), max(1, width)


def _within(sides: Sequence[int], preprocessing: Preprocessing) -> Size:
    height, width = (
        min(side, whole) for side, whole in zip(sides, preprocessing.size, strict=True)
    )
    return height, width


def chosen(options: schema.Maximize, variant: str | None, layer: str) -> schema.Recipe:
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
    return schema.Recipe(**merged)


def draft(section: schema.Recipe, **other: Any) -> schema.Recipe:
    """The same by the preset ``draft``; what is set by hand holds still."""
    return section.model_copy(update={"preset": "draft", **other})
