"""Filters that fire for two reasons, with their strongest images in two groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.circuits.entries import CircuitsEntry, InputEntry, circuits
from convatlas.lenses.circuits.neighbours import Neighbour, Neighbours
from convatlas.lenses.examples.entries import ExamplesEntry, examples
from convatlas.model.manifest import Filter, Layer
from convatlas.ui.text import plural
from convatlas.ui.window_html import tile_html, window_html

SHOWN = 3
"""Maximum number of filters that are shown with images; the others are named."""
NAMED = 24
"""Maximum number of these."""
IMAGES = 4
"""How many images of each group are shown."""


class Reason(NamedTuple):
    """A group of a filter's strongest images."""

    images: Sequence[Markup]
    """Those that are published, cut to what the filter sees."""
    size: str
    """How many there are: "5 images"."""
    input: Neighbour | None
    """The input that excites it most in them, among those that are listed."""


class TwoReasons(NamedTuple):
    """A filter that fires for two reasons."""

    filter: Filter
    face: Markup
    reasons: Sequence[Reason]


def fire_for_two(layer: Layer) -> list[Filter]:
    """Return the filters of a layer that fire for two reasons, those of equal groups first."""
    found = [(groups, filter) for filter in layer["filters"] if (groups := _groups(filter))]
    found.sort(key=lambda pair: -min(map(pair[0].count, (0, 1))))
    return [filter for _, filter in found]


def _groups(filter: Filter) -> Sequence[int]:
    entry = circuits(filter)
    return entry.get("groups", ()) if entry else ()


@dataclass(frozen=True)
class ReasonsShown:
    """Shows the two reasons of a layer's filters on the layer's page."""

    layer: Layer
    neighbours: Neighbours

    def shown(self, filter: Filter) -> TwoReasons:
        """Return a filter with its two groups of images."""
        entry = circuits(filter)
        assert entry is not None
        return TwoReasons(
            filter,
            self.neighbours.face(self.layer, filter),
            [self._reason(filter, entry, group) for group in (0, 1)],
        )

    def _reason(self, filter: Filter, entry: CircuitsEntry, group: int) -> Reason:
        places = [place for place, own in enumerate(_groups(filter)) if own == group]
        seen = examples(filter)
        images = list(self._images(seen, places[:IMAGES])) if seen else []
        strongest = _strongest(entry["inputs"], places, entry["excess"])
        shown = self.neighbours.shown(strongest) if strongest else None
        return Reason(images, plural(len(places), "image"), shown)

    def _images(self, seen: ExamplesEntry, places: Sequence[int]) -> Iterator[Markup]:
        """Yield windows of the images of some ranks, as far as they are published."""
        for place in places:
            top, crops = seen["top"][place], seen["crops"]
            window = window_html(self.neighbours.network, self.layer, top["image"], top["box"])
            if window is None and crops and place < crops["count"]:
                window = tile_html(crops["picture"], crops["size"], place)
            if window is not None:
                yield window


def _strongest(
    inputs: Sequence[InputEntry], places: Sequence[int], excess: float
) -> InputEntry | None:
    """Return the input with the largest mean drop over some images, with that drop."""
    if not inputs:
        return None
    means = [sum(each["by_image"][place] for place in places) / len(places) for each in inputs]
    best = max(range(len(inputs)), key=means.__getitem__)
    return {**inputs[best], "drop": means[best] / excess}
