"""The tables of all lenses combined: columns, states, facets and views of a layer's filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from convatlas.lenses.parts.overview import Part
from convatlas.lenses.parts.table import Column, Facet, Picture, State, Table, TileView
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, Layer, Network

T = TypeVar("T")


def tables() -> Iterator[Table]:
    """Yield every lens's table, in the order of the lenses."""
    return (lens.table for lens in lenses())


def columns() -> list[Column]:
    """Return all columns, in the order of the lenses."""
    return [column for table in tables() for column in table.columns]


def orders() -> list[Column]:
    """Return the columns that the grid can be sorted by, in the order of the "sort by" menu."""
    return sorted((column for column in columns() if column.sort), key=lambda each: each.place)


def states(layer: Layer) -> list[State]:
    """Return the states that filters of a layer can have, in the order of the lenses."""
    return [state for table in tables() for state in table.layer_states(layer)]


def facets() -> list[Facet]:
    """Return all facets, in the order of the lenses."""
    return [facet for table in tables() for facet in table.facets]


def views() -> list[TileView]:
    """Return the views that tiles can show, in the order of the menu."""
    views = (table.view for table in tables())
    return sorted((view for view in views if view), key=lambda view: view.place)


def picture(filter: Filter) -> Picture | None:
    """Return a filter's feature visualization, even of a dead filter; None if there is none."""
    return _first(lambda table: table.picture(filter))


def label(filter: Filter) -> str | None:
    """Return the class that excites a filter most; None for a dead filter."""
    return None if filter["dead"] else _first(lambda table: table.label(filter))


def search_weight(filter: Filter) -> float | None:
    """Return the factor by which a filter stands out; None if no lens knows it."""
    return _first(lambda table: table.search_weight(filter))


def layer_parts(network: Network, layer: Layer) -> list[Part]:
    """Return the sections below a layer's grid, in page order."""
    parts = (part for table in tables() for part in table.layer_parts(network, layer))
    return sorted(parts, key=lambda part: part.place)


def _first(read: Callable[[Table], T | None]) -> T | None:
    return next((value for table in tables() if (value := read(table)) is not None), None)
