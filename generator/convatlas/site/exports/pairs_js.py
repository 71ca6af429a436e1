"""What the pairs of a layer can be sorted and chosen by, for the script of their page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypedDict, TypeVar

from convatlas.model.comparison import Pair, State
from convatlas.site.comparison_text import class_changed, state
from convatlas.site.expectations import changed
from convatlas.site.exports.brief import brief
from convatlas.site.exports.grid_js import Choice

Side = Literal["before", "after"]
SIDES: tuple[Side, Side] = ("before", "after")

Value = TypeVar("Value")

DIGITS = 2
"""Significant digits of all numbers: as many as tiles show."""

ORDERS: Mapping[str, str] = {
    "index": "index",
    "correlation": "correlation",
    "cosine": "cosine of kernels",
    "norm": "ratio of norms",
    "kept": "images kept",
}
"""What pairs can be sorted by of their own, besides the change, by key."""

STATES: Mapping[str, str] = {
    "changed": "changed",
    "died": "died",
    "born": "born",
    "class": "class changed",
    "mutual": "each other’s most similar",
    "single": "not each other’s most similar",
}
"""What pairs can be chosen by, by key."""

_VALUES: Mapping[str, Callable[[Pair], float | None]] = {
    "correlation": lambda pair: pair["correlation"],
    "cosine": lambda pair: pair["cosine"],
    "norm": lambda pair: pair["norm"],
    "kept": lambda pair: pair["kept"],
}


class PairGrid(TypedDict):
    """Lists with one entry per pair, in the order of the page, as ``Grid`` has of filters.

    The script gets all that is said of one filter from the ``wall.js`` of both layers.
    """

    sides: tuple[str, str]
    """The folders of the layers before and after, from the site's root."""
    indices: list[int]
    """Of the filters after."""
    partners: list[int]
    """Of the filters before; empty if they are the same."""
    states: list[str]
    """Each of the texts that pairs have: keys of ``STATES``, separated by spaces."""
    kinds: list[int]
    """The places of the pairs' texts in ``states``."""
    keys: dict[str, list[float | None]]
    """By keys of ``ORDERS``, without those that are unknown of all pairs; the script adds that of
    "index", and the growth of what both layers can be sorted by."""
    of: list[int]
    """How many strongest images were looked at; one number if it is the same for all."""
    classes: list[str]
    """The classes that excite any filter most."""
    best: tuple[list[int], list[int]]
    """The places in ``classes``, before and after; -1 for none."""


def pair_grid(pairs: Sequence[Pair], sides: tuple[str, str]) -> PairGrid:
    """Return what the script of the page of all pairs reads.

    Args:
        sides: The folders of the layers before and after, from the site's root.
    """
    own, other = ([pair[side]["index"] for pair in pairs] for side in SIDES)
    found = {key: [brief(value(pair), DIGITS) for pair in pairs] for key, value in _VALUES.items()}
    told = [" ".join(states(pair)) for pair in pairs]
    kinds = {text: place for place, text in enumerate(dict.fromkeys(told))}
    of = [pair["of"] for pair in pairs]
    classes = sorted({_label(pair[side]) for pair in pairs for side in SIDES} - {""})
    places = {"": -1, **{label: place for place, label in enumerate(classes)}}
    return {
        "sides": sides,
        "indices": other,
        "partners": [] if own == other else own,
        "states": list(kinds),
        "kinds": [kinds[text] for text in told],
        "keys": {key: values for key, values in found.items() if any_known(values)},
        "of": of[:1] if len(set(of)) == 1 else of,
        "classes": classes,
        "best": _both(lambda side: [places[_label(pair[side])] for pair in pairs]),
    }


def _both(values: Callable[[Side], list[Value]]) -> tuple[list[Value], list[Value]]:
    return values("before"), values("after")


def _label(state: State) -> str:
    return state["best"][0] if state["best"] else ""


def orders(grid: PairGrid) -> list[tuple[str, str]]:
    """Return the keys and names of what pairs can be sorted by of their own, besides the change."""
    known = {"index", *grid["keys"]}
    return [(key, name) for key, name in ORDERS.items() if key in known]


def choices(pairs: Sequence[Pair]) -> list[Choice]:
    """Return what the pairs can be chosen by, as far as any of them is like that."""
    counts = Counter(key for pair in pairs for key in states(pair))
    return [Choice(key, name, counts[key]) for key, name in STATES.items() if counts[key]]


def states(pair: Pair) -> Iterator[str]:
    """Yield the keys of a pair's states."""
    if changed(pair):
        yield "changed"
    if lived := state(pair):
        yield lived
    if class_changed(pair):
        yield "class"
    if pair["mutual"] is not None:
        yield "mutual" if pair["mutual"] else "single"


def any_known(values: Sequence[float | None]) -> bool:
    """Return whether any value is known."""
    return any(value is not None for value in values)
