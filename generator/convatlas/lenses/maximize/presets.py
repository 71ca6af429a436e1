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
from convatlas.model.facts import Layer, Preprocessing
from convatlas.model.records import Json

SMALLEST_CANVAS = 64
"""Minimum canvas in pixels for a layer whose receptive field is not shown whole."""

CONVERGED = 128
"""Number of steps after which plain pixels under a convolution have reached the ends of their
range."""


WHOLE = 48
"""Maximum receptive field in pixels that a canvas shows whole, with a picture for one position."""


@dataclass(frozen=True)
class Kind:
    """How far one kind of picture travels, how it is moved at each step, and its penalty.

    ``travel`` is the learning rate times the number of steps. It decides what a picture looks like:
    with less, it stays pale, and with more, frequencies fill up that the network hardly sees.
    """

    travel: float
    shift: float  # maximum shift, as a fraction of the canvas; at least one pixel
    rotate: float
    scale: float
    others: float = 0.0
    decay: float = 0.0
    tolerance: float = 0.0
    most: float = 1.0  # maximum number of steps, as a fraction of the preset's


PART = Kind(11.5, 0.0, 2.0, 0.02, tolerance=0.01)
"""For layers whose receptive field is shown whole."""

PATTERN = Kind(19.0, 1 / 24, 2.5, 0.025, tolerance=0.01)
"""For layers that see somewhat more."""

TEXTURE = Kind(9.0, 1 / 16, 6.0, 0.15, decay=0.35)
"""For layers that see much: with larger movements and a rate that falls to zero, other networks
see more of what a picture is made to show.

``benchmarks/transfer.py`` measures it, and ``docs/performance.md`` has what was tried. With smaller
receptive fields, nothing was gained.
"""

THING = Kind(5.0, 1 / 8, 10.0, 0.2, others=0.5, decay=0.35, most=0.5)
"""For late layers, whose filters stand for things, of which many look alike."""

MUCH = 96
"""Receptive field in pixels up to which pictures are patterns."""

LATE = 3 / 4
"""Minimum receptive field of a late layer, as a fraction of the input."""

HIGHEST_RATE = 0.25


@dataclass(frozen=True)
class Preset:
    """The canvas and duration of a preset.

    A texture on a canvas of ``size`` takes ``steps`` steps. A smaller canvas takes more, so that
    the network sees as many pixels in all, up to ``most`` steps, which is also what a picture takes
    whose canvas shows the receptive field whole.
    """

    size: int
    steps: int
    most: int
    travel: float = 1.0  # times the kind's

    def steps_on(self, size: Size, kind: Kind) -> int:
        """Return the number of steps for a texture of that size."""
        as_many_pixels = self.steps * self.size**2 // (size[0] * size[1])
        return max(self.steps, min(int(kind.most * self.most), as_many_pixels))


PRESETS = {
    "draft": Preset(96, 28, 64),
    "standard": Preset(160, 36, 96),
    "publication": Preset(224, 256, 1024, travel=2.5),
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
    picture has extreme colours and need not be smooth. A small field gets a canvas slightly larger
    than the field and a picture for the centre position, because a texture would mostly show what
    the filter does not see at once. A larger field gets a texture.
    """
    if name == "classic":
        height, width = map(max, CLASSIC.size, least)
        return replace(CLASSIC, size=(height, width))
    preset = PRESETS[name]
    field = layer.field.size if layer.field else None
    if field == layer.kernel:
        size = _covering(layer, preprocessing)
        steps = max(CONVERGED, preset.most)
        return Recipe("neuron", "pixels", size, steps, 0.25, tolerance=0.01)
    if field is not None and not large(layer, name):
        wished = [side + max(4, side // 4) for side in field]
        size = _within(list(map(max, wished, least)), preprocessing)
        return _by_kind("neuron", size, preset.most, preset, PART)
    size = _large_canvas(layer, preprocessing, preset.size, least)
    kind = _kind(layer, preprocessing)
    return _by_kind("channel", size, preset.steps_on(size, kind), preset, kind)


def _kind(layer: Layer, preprocessing: Preprocessing) -> Kind:
    """Return the kind of picture of a layer whose field is not shown whole."""
    field = layer.field.size if layer.field else None
    if field is None or max(field) >= LATE * max(preprocessing.size):
        return THING
    return TEXTURE if max(field) > MUCH else PATTERN


def _by_kind(objective: str, size: Size, steps: int, preset: Preset, kind: Kind) -> Recipe:
    return Recipe(
        objective,
        "fourier",
        size,
        steps,
        min(HIGHEST_RATE, preset.travel * kind.travel / steps),
        jitter=max(1.0, min(size) * kind.shift),
        rotate=kind.rotate,
        scale=kind.scale,
        others=kind.others,
        decay=kind.decay,
        tolerance=kind.tolerance,
    )


def large(layer: Layer, preset: str) -> bool:
    """Return whether a layer sees too much at once for a canvas to show its field whole."""
    if preset == "classic":
        return False
    field = layer.field.size if layer.field else None
    return field is None or max(field) > WHOLE


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
