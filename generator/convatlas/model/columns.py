"""Rows of JSON data as columns, which say each key once: how ``layer.json`` stores its filters.

A column stands for one value per row. It is a JSON array with these values, or an object:

    {"all": value}                          every row has this value
    {"values": [...], "places": [...]}      each row has the value at its place in ``values``
    {"keys": {key: column, ...}}            every row is an object
    {"lengths": column, "items": column}    every row is an array; the items of all, in order
    {"null": [...], "rest": column}         these rows are null; a column of the others
    {"absent": [...], "rest": column}       only within ``keys``: these rows lack the key
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice

from convatlas.model.records import Json

FORMAT = 2
"""The number of this form of ``layer.json``; in the first, each filter was an object."""

Column = Json
Keys = Mapping[str, Column]

_ABSENT: Json = object()
_NAMES = {str, bool, type(None)}
"""Types of values of which a layer's filters often have the same."""
_NUMBERS = {float, type(None)}
_SAMPLE = 64
"""Numbers that are looked at before all of them are."""


def keys(rows: Sequence[Mapping[str, Json]]) -> Keys:
    """Return the columns of objects by key; ``objects`` returns the same objects from them."""
    names = dict.fromkeys(chain.from_iterable(rows))
    return {name: _of_key([row.get(name, _ABSENT) for row in rows]) for name in names}


def _of_key(values: list[Json]) -> Column:
    absent = [place for place, value in enumerate(values) if value is _ABSENT]
    if not absent:
        return column(values)
    return {"absent": absent, "rest": column([value for value in values if value is not _ABSENT])}


def column(values: Sequence[Json]) -> Column:
    """Return values of plain JSON as a column: in the shortest form that is quickly found."""
    first = values[0] if values else None
    if values and all(value == first for value in values) and len(set(map(repr, values))) == 1:
        return {"all": first}
    kinds = set(map(type, values))
    if kinds in ({dict}, {list}):
        return {"keys": keys(values)} if dict in kinds else _lists(values)
    if kinds in ({dict, type(None)}, {list, type(None)}):
        null = [place for place, value in enumerate(values) if value is None]
        return {"null": null, "rest": column([value for value in values if value is not None])}
    if kinds <= _NAMES:
        return _repeated(values, values) or values
    if kinds <= _NUMBERS and len(set(islice(values, _SAMPLE))) <= _SAMPLE / 2:
        return _repeated(values, list(map(repr, values))) or values
    return values


def _repeated(values: Sequence[Json], names: Sequence[object]) -> Column | None:
    """Return different values and the places of all among them; None if most of them differ.

    Args:
        names: what tells each value from others.
    """
    known: dict[object, int] = {}
    places = [known.setdefault(name, len(known)) for name in names]
    if 2 * len(known) > len(values):
        return None
    different: dict[int, Json] = dict(zip(reversed(places), reversed(values), strict=True))
    return {"values": [different[place] for place in range(len(known))], "places": places}


def _lists(values: Sequence[list[Json]]) -> Column:
    if set(map(type, chain.from_iterable(values))) <= {int, str}:
        return _repeated(values, list(map(tuple, values))) or _in_order(values)
    return _in_order(values)


def _in_order(values: Sequence[list[Json]]) -> Column:
    items = list(chain.from_iterable(values))
    return {"lengths": column(list(map(len, values))), "items": column(items)}


def objects(columns: Keys, count: int) -> list[dict[str, Json]]:
    """Return the objects that ``keys`` made columns of.

    Raises:
        ValueError: a column has another number of rows, or no form that is known.
    """
    decoded = [(name, _of_rows(each, count)) for name, each in columns.items()]
    return [
        {name: values[place] for name, values in decoded if values[place] is not _ABSENT}
        for place in range(count)
    ]


def _of_rows(given: Column, count: int) -> list[Json]:
    if isinstance(given, dict) and "absent" in given:
        return _filled(given["absent"], given["rest"], count, _ABSENT)
    return rows(given, count)


def rows(given: Column, count: int) -> list[Json]:
    """Return the values that ``column`` made a column of.

    Raises:
        ValueError: there is another number of them, or the column has no form that is known.
    """
    match given:
        case list():
            found = given
        case {"all": value}:
            found = [value] * count
        case {"values": values, "places": places}:
            found = [values[place] for place in places]
        case {"keys": columns}:
            found = list(objects(columns, count))
        case {"lengths": lengths, "items": items}:
            found = _cut(rows(lengths, count), items)
        case {"null": null, "rest": rest}:
            found = _filled(null, rest, count, None)
        case _:
            raise ValueError("a column of no known form")
    if len(found) != count:
        raise ValueError(f"a column of {len(found)} rows instead of {count}")
    return found


def _cut(lengths: Sequence[int], items: Column) -> list[Json]:
    """Return lists of these lengths, cut from a column of all their items."""
    left = iter(rows(items, sum(lengths)))
    return [list(islice(left, length)) for length in lengths]


def _filled(places: Sequence[int], rest: Column, count: int, value: Json) -> list[Json]:
    """Return rows that have a value at some places, and those of a column at the others."""
    held = set(places)
    left = iter(rows(rest, count - len(held)))
    return [value if place in held else next(left) for place in range(count)]
