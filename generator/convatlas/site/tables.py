"""What all lenses say of filters on layers' pages, in data files and in the search, together."""

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
    """Return the columns that the grid can be sorted by, in the order of "sort by"."""
    return sorted((column for column in columns() if column.sort), key=lambda each: each.place)


def states() -> list[State]:
    """Return all states, in the order of the lenses."""
    return [state for table in tables() for state in table.states]


def facets() -> list[Facet]:
    """Return all facets, in the order of the lenses."""
    return [facet for table in tables() for facet in table.facets]


def views() -> list[TileView]:
    """Return what tiles can show, in the order in which it is offered."""
    found = (table.view for table in tables())
    return sorted((view for view in found if view), key=lambda view: view.place)


def picture(filter: Filter) -> Picture | None:
    """Return the picture that was made for a filter, dead or not; None where there is none."""
    return _first(lambda table: table.picture(filter))


def label(filter: Filter) -> str | None:
    """Return the class that excites a filter most; a dead filter is excited by nothing."""
    return None if filter["dead"] else _first(lambda table: table.label(filter))


def search_weight(filter: Filter) -> float | None:
    """Return by what factor a filter stands out; None where no lens can tell."""
    return _first(lambda table: table.search_weight(filter))


def layer_parts(network: Network, layer: Layer) -> list[Part]:
    """Return the sections below a layer's grid, in their order."""
    parts = (part for table in tables() for part in table.layer_parts(network, layer))
    return sorted(parts, key=lambda part: part.place)


def _first(ask: Callable[[Table], T | None]) -> T | None:
    return next((found for table in tables() if (found := ask(table)) is not None), None)
