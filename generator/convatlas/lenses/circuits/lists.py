"""Lists of a filter's neighbours in its circuit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple, cast

from convatlas.lenses.circuits import text
from convatlas.lenses.circuits.entries import NeighbourEntry
from convatlas.model.manifest import Layer
from convatlas.ui.text import number


class Neighbour(NamedTuple):
    """A filter in a list."""

    href: str | None
    """Its page from that of another filter; None if it has none."""
    name: str
    change: str
    """What setting one of the two to its mean does to the other's response, in percent."""
    less: bool
    """Whether it inhibits, in a list of both kinds."""
    share: str
    """Of the variance, in percent; "" if that is not told."""


class Column(NamedTuple):
    """Neighbours in a list."""

    key: str
    """Its class; "" if it needs none."""
    title: str
    layer: str
    """What the names of their layers have in common, unless the list above has said it; the
    neighbours' names tell the rest."""
    neighbours: Sequence[Neighbour]


@dataclass(frozen=True)
class Lists:
    """Makes the lists of a filter's page from the layers of its network, by name."""

    layers: Mapping[str, Layer]

    def inputs(self, told: Sequence[NeighbourEntry]) -> list[Column]:
        """Return the lists of what excites and of what inhibits, as far as there is any."""
        shared = _shared(told)
        excite = [self._neighbour(each, shared) for each in told if each["drop"] > 0]
        inhibit = [self._neighbour(each, shared) for each in told if each["drop"] <= 0]
        columns = [Column("ex", "Excite it", shared, excite)] if excite else []
        if inhibit:
            layer = "" if excite else shared
            columns.append(Column("in", "Inhibit it", layer, inhibit))
        return columns

    def mixed(self, title: str, told: Sequence[NeighbourEntry]) -> Column | None:
        """Return a list in which those that inhibit are marked; None if it is empty."""
        shared = _shared(told)
        found = [self._neighbour(each, shared, mixed=True) for each in told]
        return Column("", title, shared, found) if found else None

    def _neighbour(self, told: NeighbourEntry, shared: str, *, mixed: bool = False) -> Neighbour:
        index, share = told["index"], cast("Mapping[str, float | None]", told).get("share")
        rest = told["layer"].removeprefix(shared).removeprefix(".")
        return Neighbour(
            self._href(told["layer"], index),
            f"{rest}/{index}" if rest else str(index),
            text.change(told["drop"]),
            mixed and told["drop"] < 0,
            "" if share is None else number(round(100 * share)),
        )

    def _href(self, name: str, index: int) -> str | None:
        """Return the page of a filter; None if the atlas does not show it."""
        layer = self.layers.get(name)
        filters = layer["filters"] if layer else []
        place = bisect_left(filters, index, key=lambda filter: filter["index"])
        if layer is None or place == len(filters) or filters[place]["index"] != index:
            return None
        return f"../{layer['slug']}/{filters[place]['href']}"


def _shared(told: Sequence[NeighbourEntry]) -> str:
    """Return what the names of the filters' layers have in common."""
    names = {each["layer"] for each in told}
    return names.pop() if len(names) == 1 else _module(sorted(names))


def _module(names: Sequence[str]) -> str:
    """Return the module that all these are in; "" if there is none."""
    paths = [name.split(".")[:-1] for name in names]
    shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return ".".join(parts[0] for parts in shared)
