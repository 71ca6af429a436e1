"""Choose the recipe of a layer: what is configured, and otherwise the preset's choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from convatlas.lenses.maximize.canvases import reaching
from convatlas.lenses.maximize.colours import IMAGENET
from convatlas.lenses.maximize.options import Maximize as Options
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.lenses.maximize.recipe import STILL, Recipe, Size
from convatlas.model.records import Json, Layer, Preprocessing

SMALLEST_CANVAS = 64
"""Minimum canvas in pixels for a layer whose receptive field is not shown whole."""

CONVERGED = 128
"""Number of steps after which plain pixels under a convolution have reached the ends of their
range."""


@dataclass(frozen=True)
class Preset:
    """The duration, step size and canvas of a preset.

    ``small_rate`` is the learning rate if the canvas shows the receptive field whole.
    """

    steps: int
    size: int
    rate: float
    small_rate: float
    tolerance: float  # see ``Recipe``
    jitter: float  # maximum shift, as a fraction of the canvas
    rotate: float
    scale: float


PRESETS = {
    "draft": Preset(64, 64, 0.2, 0.12, 0.01, 1 / 24, 2.5, 0.025),
    "standard": Preset(96, 96, 0.2, 0.12, 0.01, 1 / 24, 2.5, 0.025),
    # As in the appendix of Distill's "Feature Visualization" (2017): slower, longer, moved more.
    "publication": Preset(2560, 224, 0.05, 0.05, 0.001, 1 / 14, 5.0, 0.05),
}

CLASSIC = Recipe(
    "channel", "pixels", (56, 56), 20, 0.1, growths=12, growth=1.2, blur=1.4, tolerance=0.0
)
"""The recipe of most tutorials: https://github.com/fg91/visualizing-cnn-feature-maps."""


def recipe(
    options: RecipeOptions,
    layer: Layer,
    preprocessing: Preprocessing,
    least: Size = (1, 1),
    statistics: Callable[[str | None], Json] = lambda name: None,
) -> Recipe:
    """Return the recipe of a layer: what is configured, and otherwise the preset's choice.

    Args:
        options: What is configured.
        layer: The layer.
        preprocessing: The network's preprocessing.
        least: The smallest canvas [height, width] on which the layer has a position.
        statistics: Returns {"set", "digest"} for an image set by name (None: the network's own
            set).
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
"""Settings for a canvas other than the preset's: a higher learning rate without movement."""


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
    """Return the preset's choice, by receptive field.

    A convolution on the input itself gets plain pixels of its field's size, because the best
    picture has extreme colours and need not be smooth. A field of at most half the canvas gets a
    canvas slightly larger than the field and a picture for the centre position, because a texture
    would mostly show what the filter does not see at once. A larger field gets a texture.
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
    """Return whether a layer sees more than half the preset's canvas at once."""
    if preset == "classic":
        return False
    field = layer.field.size if layer.field else None
    return field is None or max(field) > PRESETS[preset].size // 2


def _covering(layer: Layer, preprocessing: Preprocessing) -> Size:
    """Return the smallest canvas on which a position of a first convolution sees no padding."""
    sides = zip(layer.kernel, layer.dilation, layer.stride, layer.padding, strict=True)
    # The first position without padding starts at the first multiple of the stride past it.
    return _within(
        [d * (k - 1) + 1 + -p % s for k, d, s, p in sides],
        preprocessing,
    )


def _large_canvas(layer: Layer, preprocessing: Preprocessing, most: int, least: Size) -> Size:
    """Return a canvas a quarter larger than the receptive field, from 64 px to the preset's size.

    It is large enough that the layer has two positions, and never larger than the input.
    """
    field = layer.field.size if layer.field and layer.field.size else (most, most)
    wished = [min(most, max(SMALLEST_CANVAS, -(-side * 5 // 32) * 8)) for side in field]
    needed = reaching(layer, preprocessing, positions=2)
    sides = [max(sides) for sides in zip(wished, needed, least, strict=True)]
    return _within(sides, preprocessing)


def _within(sides: Sequence[int], preprocessing: Preprocessing) -> Size:
    height, width = (
        min(side, whole) for side, whole in zip(sides, preprocessing.size, strict=True)
    )
    return height, width


def chosen(options: Options, variant: str | None, layer: str) -> RecipeOptions:
    """Return what is configured for a layer by the lens, then its globs, then the variant."""
    sections: list[RecipeOptions] = [options]
    sections += [section for glob, section in options.layers.items() if fnmatchcase(layer, glob)]
    if variant is not None:
        sections.append(options.variants[variant])
    merged = {
        name: value
        for section in sections
        for name, value in section.model_dump(include=set(RecipeOptions.model_fields)).items()
        if value is not None
    }
    return RecipeOptions(**merged)


def draft(section: RecipeOptions, **other: Any) -> RecipeOptions:
    """Return the same options with the preset ``draft``; other configured options are kept."""
    return section.model_copy(update={"preset": "draft", **other})
