"""A lens's part of a layer's page, of its data files, and of the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from convatlas.model.manifest import Filter, Layer, Network
from convatlas.model.records import Json
from convatlas.ui.rounding import rounded

Value = float | int | str | bool | None


class Column(NamedTuple):
    """A value of each filter: a column of ``layer.csv``, and perhaps an order of the grid."""

    name: str
    """Its head in ``layer.csv``, and its key in ``grid.js``."""
    value: Callable[[Layer, Filter], Value]
    """None where it is not known."""
    csv: bool = True
    sort: str = ""
    """What "sort by" calls it; "" if the grid cannot be sorted by it."""
    place: int = 1000
    """Its order among those of "sort by"."""


class Facet(NamedTuple):
    """A way to choose filters of the grid by ranges of a column."""

    name: str
    title: str
    choices: Sequence[tuple[str, str]]
    """Keys and names, in order."""


class Picture(NamedTuple):
    """The picture that stands for a filter in the grid and in search results."""

    file: str
    """From the layer's folder; "" where pictures stand inside pages."""
    size: list[int]
    """[width, height] in pixels."""
    sharp: bool
    """Whether its pixels are to be seen as squares."""


class Table:
    """A lens's part of a layer's page, of its data files, and of the search."""

    columns: Sequence[Column] = ()
    facets: Sequence[Facet] = ()
    states: Mapping[str, str] = MappingProxyType({})
    """Further states of filters, by key, with their names."""

    def states_of(self, layer: Layer, filter: Filter) -> Iterator[str]:
        """Yield the keys of ``states`` that hold for a filter."""
        return iter(())

    def label(self, filter: Filter) -> str | None:
        """Return the class that excites a live filter most."""
        return None

    def picture(self, filter: Filter) -> Picture | None:
        """Return the picture that was made for a filter."""
        return None

    def search_words(self, filter: Filter) -> Sequence[str]:
        """Return what a filter can be searched for by, the best first."""
        return ()

    def search_weight(self, filter: Filter) -> float | None:
        """Return how strongly a filter stands out; results are ordered by it."""
        return None

    def layer_sections(
        self, network: Network, layer: Layer
    ) -> Sequence[tuple[str, Mapping[str, object]]]:
        """Return templates, each with its context, that stand below the grid."""
        return ()

    def export(self, entry: object, shared: Mapping[str, list[Json]]) -> Json:
        """Return what ``layer.json`` says of a filter's entry: nothing twice, six digits."""
        return rounded(entry)
