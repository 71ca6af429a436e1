"""A lens's part of a layer's page, of its data files, and of the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from convatlas.lenses.parts.overview import Part
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.ui.rounding import rounded

Value = float | int | str | bool | None


class Column(NamedTuple):
    """A value of each filter: a column of ``layer.csv``, and perhaps an order of the grid."""

    name: str
    """Its head in ``layer.csv``, and its key in ``grid.js``."""
    value: Callable[[Layer, Filter], Value]
    """None where it is not known; a number if the grid can be sorted by it."""
    csv: bool = True
    sort: str = ""
    """What "sort by" calls it; "" if the grid cannot be sorted by it."""
    place: int = 1000
    """Its order among those of "sort by"."""


class State(NamedTuple):
    """What a filter may be, beside alive or dead; it may be several things at once."""

    key: str
    name: str
    holds: Callable[[Layer, Filter], bool]


class Facet(NamedTuple):
    """A way to choose filters of the grid by ranges of a column that it can be sorted by."""

    column: str
    title: str
    choices: Sequence[tuple[str, str]]
    """Ranges in percent and their names, rising: "10-50" is above 10 and up to 50; the first alone
    has its lower end."""


class TileView(NamedTuple):
    """What the tiles of a layer may show: they are cut from a sprite."""

    sprite: str
    """The layer's sprite that has them."""
    name: str
    place: int
    """Its order among what a reader can choose, and what search results are cut from."""
    stands: Callable[[Layer], bool]
    """Whether the page may show it by itself, without a choice."""
    rank: int
    """Of those that stand the page shows the one with the lowest rank."""


class Picture(NamedTuple):
    """The picture that stands for a filter in the grid and in search results."""

    file: str
    """From the layer's folder; "" where pictures stand inside pages."""
    size: list[int]
    """[width, height] in pixels."""
    sharp: bool
    """Whether its pixels are to be seen as squares."""


class Export(NamedTuple):
    """What ``layer.json`` says of the entries of a layer's filters."""

    entries: Sequence[object]
    """One for each filter."""
    lists: Mapping[str, Sequence[object]]
    """What entries refer to by its place, by the list's name in ``layer.json``."""


class Table:
    """A lens's part of a layer's page, of its data files, and of the search."""

    columns: Sequence[Column] = ()
    states: Sequence[State] = ()
    facets: Sequence[Facet] = ()
    view: TileView | None = None

    def label(self, filter: Filter) -> str | None:
        """Return the class that excites a live filter most."""
        return None

    def picture(self, filter: Filter) -> Picture | None:
        """Return the picture that was made for a filter."""
        return None

    def search_words(self, filter: Filter) -> Sequence[str]:
        """Return what a live filter can be searched for by, the best first."""
        return ()

    def search_weight(self, filter: Filter) -> float | None:
        """Return by what factor a filter stands out; results are ordered by it."""
        return None

    def layer_parts(self, network: Network, layer: Layer) -> Sequence[Part]:
        """Return its sections below the grid, on the first page of a layer."""
        return ()

    def export(self, entries: Sequence[object]) -> Export:
        """Return what ``layer.json`` says of the entries of a layer's filters.

        Without what follows from the rest; numbers have six significant digits.
        """
        return Export([rounded(entry) for entry in entries], {})
