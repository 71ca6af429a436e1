"""Nested data of filters as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain

from convatlas.model.records import Json

Table = dict[str, list[Json]]


def table(rows: Sequence[Mapping[str, Json]]) -> Table:
    """Return columns with one value for each row; None where a row has none.

    The keys of nested objects are joined by dots; lists have no column.
    """
    flat = [dict(_values(row)) for row in rows]
    names = dict.fromkeys(chain.from_iterable(flat))
    above = {prefix for name in names for prefix in _prefixes(name)}
    columns = {name: [row.get(name) for row in flat] for name in names if name not in above}
    return {
        name: values
        for name, values in columns.items()
        if not any(isinstance(value, list) for value in values)
    }


def _values(row: Mapping[str, Json], start: str = "") -> Iterator[tuple[str, Json]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _values(value, f"{start}{key}.")
        else:
            yield f"{start}{key}", value


def _prefixes(name: str) -> Iterator[str]:
    """Yield the names of the objects that a value is in: "a" and "a.b" for "a.b.c"."""
    return accumulate(name.split(".")[:-1], "{}.{}".format)
