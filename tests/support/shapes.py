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

Fields = Mapping[Any, Mapping[str, Any]]
"""Further fields of some TypedDicts, with their shapes."""


def faults(value: object, shape: Any, place: str = "", more: Fields | None = None) -> Iterator[str]:
    """Where the data differ from the shape, in words; lists stand for tuples, ints for floats."""
    origin, inner = get_origin(shape), get_args(shape)
    if is_typeddict(shape):
        yield from _fields(value, shape, place, more or {})
    elif origin in (Union, types.UnionType):
        some = [each for each in inner if each is not type(None)]
        told = [list(faults(value, each, place, more)) for each in some]
        if all(told) and not (value is None and some != list(inner)):
            yield from min(told, key=len)
    elif origin is Literal:
        if value not in inner:
            yield f"{place}: {value!r} is none of {inner}"
    elif origin is list:
        yield from _each(value, list, inner[0], place, more)
    elif origin is dict:
        yield from _each(value, dict, inner[1], place, more)
    elif origin is tuple:
        yield from _tuple(value, inner, place, more)
    elif shape is object:
        return
    elif type(value) is not shape and not (shape is float and type(value) is int):
        yield f"{place}: {value!r} is no {shape}"


def _fields(value: object, shape: Any, place: str, more: Fields) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{place}: {value!r} is no {shape.__name__}"
        return
    hints = {**get_type_hints(shape, include_extras=True), **more.get(shape, {})}
    for name in value.keys() - hints.keys():
        yield f"{place}.{name} is not declared"
    for name, hint in hints.items():
        optional = get_origin(hint) is NotRequired
        if name in value:
            own = get_args(hint)[0] if optional else hint
            yield from faults(value[name], own, f"{place}.{name}", more)
        elif not optional:
            yield f"{place}.{name} is missing"


def _each(value: object, kind: type, shape: Any, place: str, more: Fields | None) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{place}: {value!r} is no {kind.__name__}"
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for name, each in items:
        yield from faults(each, shape, f"{place}.{name}", more)


def _tuple(value: object, inner: tuple[Any, ...], place: str, more: Fields | None) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield f"{place}: {value!r} is no list"
        return
    shapes = [inner[0]] * len(value) if inner[1:] == (...,) else inner
    if len(value) != len(shapes):
        yield f"{place}: {value!r} has not {len(shapes)} items"
        return
    for number, (each, shape) in enumerate(zip(value, shapes, strict=True)):
        yield from faults(each, shape, f"{place}.{number}", more)
