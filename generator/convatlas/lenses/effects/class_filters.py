"""Filters on the pages of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.effects.entries import ClassEntry, ClassFilter, effects, layer_effects
from convatlas.lenses.effects.text import class_doubt, doubt
from convatlas.lenses.parts.placed_filters import Placed, placed_filters
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.ui.page import Site
from convatlas.ui.text import number
from convatlas.ui.tile_drawing import DrawnOnce


class ShownFilter(NamedTuple):
    """A filter on the page of a class."""

    href: str
    """Its page, from the pages of classes."""
    face: Markup
    layer: str
    number: int
    logit: str
    also: str
    """The other class that it raises most; "" without one."""


class LayerRow(NamedTuple):
    """The filters of a layer that do most for a class or against it."""

    layer: Layer
    raising: Sequence[ShownFilter]
    lowering: Sequence[ShownFilter]
    doubt: str
    """In how far its effects are not to be relied on; "" if they are."""


@dataclass(frozen=True)
class ClassFilters:
    """Shows filters of one network."""

    site: Site
    network: Network

    @cached_property
    def _filters(self) -> Placed:
        return placed_filters(self.network)

    def reliable(self, told: ClassFilter) -> bool:
        """Return whether the effects of the filter's layer on single images are."""
        _, layer = self._filters[told["layer"], told["index"]]
        return not doubt(layer_effects(layer))

    def link(self, told: ClassFilter) -> Markup:
        """Return a link to a filter from a page in the network's folder of classes."""
        filter, layer = self._filters[told["layer"], told["index"]]
        return Markup("<a class=mono href={}>{} / {}</a>").format(
            _near(layer, filter), layer["name"], filter["index"]
        )

    def shown(self, told: ClassFilter, entry: ClassEntry, drawn: DrawnOnce) -> ShownFilter:
        """Return a filter as shown on the page of a class.

        Args:
            told: The filter.
            entry: The class.
            drawn: The pictures that the page has already.
        """
        filter, layer = self._filters[told["layer"], told["index"]]
        known = effects(filter)
        others = known["raises"] if known else ()
        also = next((e["class"] for e in others if e["number"] != entry["number"]), "")
        href = layer_folder(layer) + filter["href"]
        base = f"../../{self.network['slug']}/"
        face = Markup(drawn.once(self.site.tiles.tile(href)).replace(base, "../"))
        sign = "+" if told["logit"] > 0 else ""
        logit = f"{sign}{number(told['logit'], 2)}"
        return ShownFilter(_near(layer, filter), face, layer["name"], filter["index"], logit, also)

    def rows(self, entry: ClassEntry, drawn: DrawnOnce) -> list[LayerRow]:
        """Return the filters of a class by layer, the last layer first."""
        kept: dict[str, list[ClassFilter]] = {}
        for each in entry["filters"]:
            kept.setdefault(each["layer"], []).append(each)
        return [
            LayerRow(
                layer,
                [self.shown(e, entry, drawn) for e in kept[layer["name"]] if e["logit"] > 0],
                [self.shown(e, entry, drawn) for e in kept[layer["name"]] if e["logit"] < 0],
                class_doubt(layer_effects(layer)),
            )
            for layer in reversed(self.network["layers"])
            if layer["name"] in kept
        ]


def _near(layer: Layer, filter: Filter) -> str:
    """Return a filter's page from another folder of its network."""
    folder = layer_folder(layer)
    return f"..{folder[folder.index('/') :]}{filter['href']}"
