"""Circuits in a layer's data files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from convatlas.lenses.circuits.entries import CircuitsEntry, circuits
from convatlas.lenses.parts.table import Column, Export, State, Table, Value
from convatlas.model.manifest import Filter, Layer
from convatlas.ui.rounding import rounded

COUNTING = 0.1
"""The drop, of the response, from which on an input counts."""


def _of(value: Callable[[CircuitsEntry], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of a filter with inputs, or None without any."""

    def read(layer: Layer, filter: Filter) -> Value:
        entry = circuits(filter)
        return value(entry) if entry and entry["inputs"] else None

    return read


def _counting(entry: CircuitsEntry) -> int:
    return sum(abs(each["drop"]) >= COUNTING for each in entry["inputs"])


def _strongest(entry: CircuitsEntry) -> str | None:
    first = entry["inputs"][0]
    return f"{first['layer']}/{first['index']}" if first["drop"] > 0 else None


def _fires_for_two_reasons(layer: Layer, filter: Filter) -> bool:
    entry = circuits(filter)
    return entry is not None and "groups" in entry


class CircuitsTable(Table):
    """Columns, a state, and what ``layer.json`` has of circuits."""

    columns = (
        Column(
            "inputs_explain",
            _of(lambda entry: entry["explained"]),
            sort="explained by its inputs",
            place=140,
            sparse=True,
        ),
        Column("inputs_counting", _of(_counting), sort="inputs that count", place=150, sparse=True),
        Column("strongest_input", _of(_strongest), sparse=True),
    )
    states = (State("reasons", "fires for two reasons", _fires_for_two_reasons),)

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries without drops at single images; none if no filter has one."""
        known = cast("Sequence[CircuitsEntry | None]", entries)
        return Export([rounded(each and _bare(each)) for each in known] if any(known) else [], {})


def _bare(entry: CircuitsEntry) -> object:
    inputs = [
        {key: value for key, value in each.items() if key != "by_image"} for each in entry["inputs"]
    ]
    return {**entry, "inputs": inputs}
