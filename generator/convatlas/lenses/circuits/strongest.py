"""A layer's strongest circuits: filters that few inputs make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.circuits.entries import CircuitsEntry, InputEntry, circuits
from convatlas.lenses.circuits.neighbours import Neighbour, Neighbours
from convatlas.model.manifest import Filter, Layer

SHOWN = 6
"""Maximum number of circuits."""
EXCITING = 3
"""How many exciting inputs of each are shown."""
LEAST = 0.02
"""The share of a response from which on an inhibiting input is shown."""


class Circuit(NamedTuple):
    """A filter, and the inputs that make most of its response."""

    filter: Filter
    face: Markup
    inputs: Sequence[Neighbour]


def strongest(layer: Layer, neighbours: Neighbours) -> list[Circuit]:
    """Return the circuits of the filters that their three strongest inputs explain best.

    What inhibits counts against a filter, as the drops of inputs that cancel are large.
    """
    known = [(filter, entry) for filter in layer["filters"] if (entry := circuits(filter))]
    known = [(filter, entry) for filter, entry in known if _merit(entry) > 0]
    known.sort(key=lambda pair: -_merit(pair[1]))
    return [
        Circuit(
            filter,
            neighbours.face(layer, filter),
            [neighbours.shown(each) for each in _chosen(entry)],
        )
        for filter, entry in known[:SHOWN]
    ]


def _merit(entry: CircuitsEntry) -> float:
    drops = [each["drop"] for each in entry["inputs"]]
    exciting = sorted((drop for drop in drops if drop > 0), reverse=True)[:EXCITING]
    return min(sum(exciting), 1.0) + sum(drop for drop in drops if drop < 0)


def _chosen(entry: CircuitsEntry) -> list[InputEntry]:
    """Return the exciting inputs that are shown, and the most inhibiting one if it counts."""
    exciting = [each for each in entry["inputs"] if each["drop"] > 0][:EXCITING]
    inhibiting = [each for each in entry["inputs"] if each["drop"] <= -LEAST][:1]
    return exciting + inhibiting
