"""Whether plain data have the shape that a TypedDict declares."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)


def faults(value: object, shape: Any, place: str = "") -> Iterator[str]:
    """Where the data differ from the shape, in words; lists stand for tuples, ints for floats."""
    origin, inner = get_origin(shape), get_args(shape)
    if is_typeddict(shape):
        yield from _fields(value, shape, place)
    elif origin in (Union, types.UnionType):
        told = [list(faults(value, each, place)) for each in inner]
        if all(told):
            yield min(told, key=len)[0]
    elif origin is Literal:
        if value not in inner:
            yield f"{place}: {value!r} is none of {inner}"
    elif origin is list:
        yield from _each(value, list, inner[0], place)
    elif origin is dict:
        yield from _each(value, dict, inner[1], place)
    elif type(value) is not shape and not (shape is float and type(value) is int):
        yield f"{place}: {value!r} is no {shape}"


def _fields(value: object, shape: Any, place: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{place}: {value!r} is no {shape.__name__}"
        return
    hints = get_type_hints(shape, include_extras=True)
    for name in value.keys() - hints.keys():
        yield f"{place}.{name} is not declared"
    for name, hint in hints.items():
        optional = get_origin(hint) is NotRequired
        if name in value:
            yield from faults(
                value[name], get_args(hint)[0] if optional else hint, f"{place}.{name}"
            )
        elif not optional:
            yield f"{place}.{name} is missing"


def _each(value: object, kind: type, shape: Any, place: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{place}: {value!r} is no {kind.__name__}"
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for name, each in items:
        yield from faults(each, shape, f"{place}.{name}")
