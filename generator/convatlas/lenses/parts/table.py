"""A lens's part of a layer's page, of its data files, and of the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from convatlas.lenses.parts.overview import Part
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.ui.rounding import rounded

Value = float | int | str | bool | None


class Column(NamedTuple):
    """A value of each filter: a column of ``layer.csv``, and optionally a sort key of the grid."""

    name: str
    """Its header in ``layer.csv`` and its key in ``grid.js``."""
    value: Callable[[Layer, Filter], Value]
    """Returns None if unknown, and a number if the grid can be sorted by it."""
    csv: bool = True
    sort: str = ""
    """Its name in "sort by"; "" if the grid cannot be sorted by it."""
    place: int = 1000
    """Its order in "sort by"."""
    sparse: bool = False
    """Whether ``layer.csv`` leaves it out where it is unknown for all filters."""


class State(NamedTuple):
    """A state of a filter besides alive and dead; a filter can have several at once."""

    key: str
    name: str
    holds: Callable[[Layer, Filter], bool]
    choice: str = "state"
    """The title of the choice that it is a part of."""


class Facet(NamedTuple):
    """A choice among the grid's filters by ranges of a column that the grid can be sorted by."""

    column: str
    title: str
    choices: Sequence[tuple[str, str]]
    """Ranges in percent and their names, in rising order: "10-50" is above 10 and up to 50; only
    the first range includes its lower end."""


class TileView(NamedTuple):
    """A view of a layer's filters as tiles, which are cut out of a sprite."""

    sprite: str
    """The name of the layer's sprite."""
    name: str
    place: int
    """Its order among the views that a reader can select and that search results may show."""
    stands: Callable[[Layer], bool]
    """Whether the page may show it by default."""
    rank: int
    """Among the possible defaults, the page shows the one with the lowest rank."""


class Picture(NamedTuple):
    """The picture that represents a filter in the grid and in search results."""

    file: str
    """Its path from the layer's folder; "" if pictures are embedded in pages."""
    size: list[int]
    """[width, height] in pixels."""
    sharp: bool
    """Whether its pixels are shown as squares, without smoothing."""


class Export(NamedTuple):
    """The entries of a layer's filters in ``layer.json``."""

    entries: Sequence[object]
    """One entry for each filter; none at all to leave the lens out of the file."""
    lists: Mapping[str, Sequence[object]]
    """Lists whose items the entries refer to by index, by the lists' names in ``layer.json``."""


class Table:
    """A lens's part of a layer's page, of its data files, and of the search."""

    columns: Sequence[Column] = ()
    states: Sequence[State] = ()
    facets: Sequence[Facet] = ()
    view: TileView | None = None

    def layer_states(self, layer: Layer) -> Sequence[State]:
        """Return the states that filters of a layer can have, the same ones by default."""
        return self.states

    def label(self, filter: Filter) -> str | None:
        """Return the class that excites a live filter most, or None."""
        return None

    def picture(self, filter: Filter) -> Picture | None:
        """Return the picture that was made for a filter, or None."""
        return None

    def search_words(self, filter: Filter) -> Sequence[str]:
        """Return the words that a search finds a live filter by, the best first."""
        return ()

    def search_weight(self, filter: Filter) -> float | None:
        """Return the factor by which a filter stands out, which search results are ordered by."""
        return None

    def layer_parts(self, network: Network, layer: Layer) -> Sequence[Part]:
        """Return the lens's sections below the grid, on the first page of a layer."""
        return ()

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries of a layer's filters for ``layer.json``.

        Redundant values are left out, and numbers have five significant digits.
        """
        return Export([rounded(entry) for entry in entries], {})

    def export_layer(self, entry: object) -> object:
        """Return what ``layer.json`` says of the layer itself, by the lens's entry of it."""
        return rounded(entry)
