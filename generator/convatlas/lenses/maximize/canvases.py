"""The sizes of canvases: the least that layers need, and what is tried where one is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.model.facts import Layer, Preprocessing


def least_canvases(layers: Sequence[Layer], preprocessing: Preprocessing) -> dict[str, Size]:
    """Return the smallest canvas [height, width] for each layer, by the layer's name.

    The layer and all layers before it have at least one position on it.
    """
    height = width = 1
    found = {}
    for layer in layers:
        if layer.reached:
            own = reaching(layer, preprocessing, positions=1)
            height, width = max(height, own[0]), max(width, own[1])
            found[layer.name] = height, width
    return found


def reaching(layer: Layer, preprocessing: Preprocessing, positions: int) -> Size:
    """Return the canvas on which a layer's map has that many positions along each axis.

    Without padding, a map shrinks by one position for each stride's worth of pixels. The stride is
    assumed to be a power of two: the largest that does not exceed the ratio of input to map size.
    """
    assert layer.map_size is not None
    height, width = (
        whole - (of - positions) * 2 ** int(math.log2(max(1, whole / of)))
        for whole, of in zip(preprocessing.size, layer.map_size, strict=True)
    )
    return max(1, height), max(1, width)


def canvases(wished: Recipe, least: Size, whole: Size) -> Iterator[Recipe]:
    """Yield a recipe, followed by what takes its place where the network refuses its canvas.

    A network may run other convolutions before the layer, which need more than the layer itself;
    another only takes pictures of some sizes, of which its input's own is known to be one.

    Args:
        wished: The recipe.
        least: The smallest canvas for the layer, as ``least_canvases`` returns it.
        whole: The size of the network's input.
    """
    yield wished
    height, width = map(max, wished.size, least)
    larger = replace(wished, size=(height, width))
    if larger.size not in (wished.size, whole):
        yield larger
    fixed = replace(
        wished,
        size=whole,
        pad=0,
        crop=1.0,
        growths=0,
        steps=wished.steps * (wished.growths + 1),
    )
    if fixed != wished:
        yield fixed
