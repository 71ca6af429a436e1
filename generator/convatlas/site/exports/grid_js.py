"""``wall.js``: what a layer's filters can be sorted and filtered by, for the page's script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, NotRequired, TypedDict

from convatlas.lenses.parts import table
from convatlas.lenses.parts.table import Column, State, TileView
from convatlas.model.manifest import Filter, Layer, Sprite
from convatlas.site import tables
from convatlas.ui.filter_layout import PAGE_EACH

SIMILARITY = "similarity"
"""The order that places similar filters next to each other."""

OWN = "made"
"""The key of the view that the tiles of the page itself show."""

HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "pink")
"""Names of the eighths of the hue circle; the first is centred on 0 degrees."""


class Choice(NamedTuple):
    """A value of a facet."""

    key: str
    name: str
    filters: int
    """How many filters have it."""


class Facet(NamedTuple):
    """A property that filters can be selected by."""

    name: str
    title: str
    choices: Sequence[Choice]


class Grid(TypedDict):
    """The content of ``wall.js``: lists with one entry per filter of a layer, in their order."""

    name: str
    """The layer's name."""
    indices: list[int]
    made: list[str | int]
    """The files of the filters' feature visualizations; 0 for filters without one to show."""
    side: list[int]
    """[width, height] of these pictures, in pixels."""
    sharp: bool
    """Whether they are scaled up without smoothing."""
    sprites: dict[str, Sprite]
    states: list[str]
    """The keys of each filter's states, separated by spaces."""
    classes: list[str]
    """The classes that excite any filter most, sorted."""
    labels: list[int]
    """The index in ``classes`` of the class that excites the filter most; -1 for none."""
    hues: list[str]
    """Names of hues; "" for filters without a picture."""
    keys: dict[str, list[float | None]]
    """The values to sort by, to four significant digits; None if unknown."""
    percent: list[str]
    """The keys whose values are shown in percent: those that filters are chosen by in ranges."""
    names: NotRequired[list[str]]
    """The filters' names from notes, "" for filters without one; omitted if none has a name."""
    hrefs: NotRequired[list[str]]
    """The filters' pages; omitted if each is named after the filter's index."""
    pages: NotRequired[list[str]]
    """The pages of ``classes`` from the layer's folder, "" without; omitted if none has a page."""


def wall(layer: Layer, pages: Mapping[str, str] = MappingProxyType({})) -> Grid:
    """Return the content of a layer's ``wall.js``.

    Args:
        pages: The pages of classes, from the site's root, by their names.
    """
    filters = layer["filters"]
    pictures = [tables.picture(filter) for filter in filters]
    labels = [tables.label(filter) for filter in filters]
    classes = sorted({label for label in labels if label is not None})
    places = {label: place for place, label in enumerate(classes)}
    keys, states = _keys(layer), tables.states(layer)
    grid: Grid = {
        "name": layer["name"],
        "indices": [filter["index"] for filter in filters],
        "made": [
            picture.file or 0 if picture and not filter["dead"] else 0
            for filter, picture in zip(filters, pictures, strict=True)
        ],
        "side": next((picture.size for picture in pictures if picture), [0, 0]),
        "sharp": any(picture.sharp for picture in pictures if picture),
        "sprites": layer["sprites"],
        "states": [" ".join(_states(layer, filter, states)) for filter in filters],
        "classes": classes,
        "labels": [places.get(label or "", -1) for label in labels],
        "hues": [hue(filter) for filter in filters],
        "keys": keys,
        "percent": [facet.column for facet in tables.facets() if facet.column in keys],
    }
    if any(name in pages for name in classes):
        grid["pages"] = [f"../../{pages[name]}" if name in pages else "" for name in classes]
    return _with_optional_fields(grid, filters)


def _with_optional_fields(grid: Grid, filters: Sequence[Filter]) -> Grid:
    """Add the optional fields that differ from the default."""
    names = [(filter["note"] and filter["note"]["name"]) or "" for filter in filters]
    if any(names):
        grid["names"] = names
    if any(filter["href"] != PAGE_EACH.address(filter["index"]) for filter in filters):
        grid["hrefs"] = [filter["href"] for filter in filters]
    return grid


def sorts(grid: Grid) -> list[tuple[str, str]]:
    """Return the keys and names of what a grid can be sorted by, besides the index."""
    names = [(column.name, column.sort) for column in tables.orders()]
    return [pair for pair in (*names, (SIMILARITY, SIMILARITY)) if pair[0] in grid["keys"]]


def views(layer: Layer) -> list[tuple[str, str]]:
    """Return keys and names of what the tiles of a layer can show; none if there is no choice.

    The first is the page's default view; its key is always ``OWN``.
    """
    offered = tables.views()
    usable = [view for view in offered if view.stands(layer)]
    if not usable:
        return []
    first = min(usable, key=lambda view: view.rank)
    names = [(OWN, first.name), *_sprite_views(layer, (view for view in offered if view != first))]
    return names if len(names) > 1 else []


def _sprite_views(layer: Layer, views: Iterable[TileView]) -> Iterator[tuple[str, str]]:
    """Yield keys and names of the views that the layer has a sprite for."""
    for view in views:
        if view.sprite != OWN and layer["sprites"].get(view.sprite):
            yield view.sprite, view.name


def facets(layer: Layer, grid: Grid) -> list[Facet]:
    """Return the facets, except classes, in which the filters differ."""
    found, more = all_facets(layer, grid)
    total = len(layer["filters"])
    return [
        *(facet for facet in found if len(facet.choices) > 1),
        *(facet for facet in more if any(choice.filters < total for choice in facet.choices)),
    ]


def all_facets(layer: Layer, grid: Grid) -> tuple[list[Facet], list[Facet]]:
    """Return all facets, except classes, with the choices that any filter has.

    Of each of the first a filter is one choice; of each of the others it may be several, or none.
    """
    states, *more = _of_states(layer, grid)
    hues = [(name, name) for name in (*HUES, "grey")]
    found = [
        states,
        *(_ranges(facet, grid) for facet in tables.facets()),
        Facet("hue", "hue", _choices(hues, Counter(grid["hues"]))),
    ]
    return found, more


def _of_states(layer: Layer, grid: Grid) -> Iterator[Facet]:
    """Yield the facets that are choices by states, first of all "state"."""
    counts = Counter(state for keys in grid["states"] for state in keys.split())
    names = {"state": [("alive", "alive"), ("dead", "dead")]}
    for state in tables.states(layer):
        names.setdefault(state.choice, []).append((state.key, state.name))
    for title, pairs in names.items():
        yield Facet(title.replace(" ", "-"), title, _choices(pairs, counts))


def _ranges(facet: table.Facet, grid: Grid) -> Facet:
    values = grid["keys"].get(facet.column, ())
    counts = Counter(_range(facet, value) for value in values if value is not None)
    return Facet(facet.column, facet.title, _choices(facet.choices, counts))


def _range(facet: table.Facet, value: float) -> str:
    """Return the key of the first range whose upper end is not below the value."""
    return next(key for key, _ in facet.choices if 100 * value <= float(key.partition("-")[2]))


def _choices(names: Iterable[tuple[str, str]], counts: Mapping[str, int]) -> list[Choice]:
    return [Choice(key, name, counts[key]) for key, name in names if counts.get(key)]


def _keys(layer: Layer) -> dict[str, list[float | None]]:
    """Return the values to sort by, by column, without columns that are unknown for all filters."""
    found = {column.name: _values(column, layer) for column in tables.orders()}
    found[SIMILARITY] = _ranks(layer["order"], len(layer["filters"]))
    return {name: values for name, values in found.items() if values.count(None) < len(values)}


def _values(column: Column, layer: Layer) -> list[float | None]:
    values = (column.value(layer, filter) for filter in layer["filters"])
    return [None if value is None else _short(float(value)) for value in values]


def _ranks(order: Sequence[int] | None, count: int) -> list[float | None]:
    """Return the rank of each filter, given their indices in order."""
    ranks: list[float | None] = [None] * count
    for rank, place in enumerate(order or ()):
        ranks[place] = _short(rank)
    return ranks


def _short(value: float) -> float:
    """Round a number to four significant digits."""
    return float(f"{value:.4g}")


def _states(layer: Layer, filter: Filter, states: Sequence[State]) -> Iterator[str]:
    """Yield the keys of a filter's states, as far as they are known."""
    if filter["dead"] is not None:
        yield "dead" if filter["dead"] else "alive"
    yield from (state.key for state in states if state.holds(layer, filter))


def hue(filter: Filter) -> str:
    """Return the name of a filter's hue; "grey" if its picture has none, "" without a picture."""
    if filter["hue"] is not None:
        eighth = 360 / len(HUES)
        return HUES[int((filter["hue"] + eighth / 2) // eighth) % len(HUES)]
    return "grey" if tables.picture(filter) else ""
