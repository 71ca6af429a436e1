"""Effects on a layer's page, in its data files and in the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

from convatlas.lenses.effects.entries import (
    DIGITS,
    ClassEffect,
    EffectsEntry,
    LayerEffectsEntry,
    TargetEntry,
    effects,
    layer_effects,
)
from convatlas.lenses.parts.overview import Part
from convatlas.lenses.parts.table import Column, Export, Table, Value
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.ui.rounding import rounded

IMPORTANT = 8
"""How many of a layer's most important filters are named below its grid."""


class LayerContext(TypedDict):
    """What ``lenses/effects/layer.html`` reads."""

    layer_effects: LayerEffectsEntry
    important: Sequence[Filter]
    """The filters that matter most for the loss, the most important first."""
    effects_target: TargetEntry | None
    """The user's own number; None for leads of classes."""


def _of(value: Callable[[EffectsEntry], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of a filter's entry, or None without one."""

    def read(layer: Layer, filter: Filter) -> Value:
        entry = effects(filter)
        return None if entry is None else value(entry)

    return read


def _first(told: Sequence[ClassEffect], key: str) -> Value:
    """Return the name or the effect of the first class."""
    if not told:
        return None
    return told[0]["class"] if key == "class" else told[0]["logit"]


class EffectsTable(Table):
    """Columns, and a section on the layer as a whole."""

    columns = (
        Column("effect", _of(lambda e: e["size"]), sort="effect", place=120, sparse=True),
        Column("effect_mean", _of(lambda e: e["mean"]), sparse=True),
        Column(
            "importance", _of(lambda e: e["importance"]), sort="importance", place=130, sparse=True
        ),
        Column("importance_rank", _of(lambda e: e["rank"]), sparse=True),
        Column("effect_share_images", _of(lambda e: e["share_images"]), sparse=True),
        Column("raises", _of(lambda e: _first(e["raises"], "class")), sparse=True),
        Column("raises_logit", _of(lambda e: _first(e["raises"], "logit")), sparse=True),
        Column("lowers", _of(lambda e: _first(e["lowers"], "class")), sparse=True),
        Column("lowers_logit", _of(lambda e: _first(e["lowers"], "logit")), sparse=True),
    )

    def layer_parts(self, network: Network, layer: Layer) -> Sequence[Part]:
        """Return the section on what the layer does and how far to trust it."""
        entry = layer_effects(layer)
        if entry is None:
            return ()
        known = [(told["rank"], filter) for filter in layer["filters"] if (told := effects(filter))]
        first = [filter for rank, filter in sorted(known, key=lambda each: each[0])[:IMPORTANT]]
        context: LayerContext = {
            "layer_effects": entry,
            "important": first,
            "effects_target": entry.get("target"),
        }
        return (Part("effects", "What it does", "lenses/effects/layer.html", context, 100),)

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries; none if no filter has one."""
        return Export([rounded(entry, DIGITS) for entry in entries] if any(entries) else [], {})
