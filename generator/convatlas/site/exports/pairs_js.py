"""What the pairs of a layer can be sorted and chosen by, for the script of their page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypedDict

from convatlas.model.comparison import Pair
from convatlas.site.comparison_text import class_changed, state
from convatlas.site.expectations import changed
from convatlas.site.exports.grid_js import Choice

ORDERS: Mapping[str, str] = {
    "index": "index",
    "correlation": "correlation",
    "cosine": "cosine of kernels",
    "norm": "ratio of norms",
    "kept": "images kept",
    "effect": "growth of effect",
}
"""What pairs can be sorted by, besides the change, by key."""

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
    "index": lambda pair: pair["after"]["index"],
    "correlation": lambda pair: pair["correlation"],
    "cosine": lambda pair: pair["cosine"],
    "norm": lambda pair: pair["norm"],
    "kept": lambda pair: pair["kept"],
    "effect": lambda pair: _growth(pair["before"]["effect"], pair["after"]["effect"]),
}


class PairGrid(TypedDict):
    """Lists with one entry per pair, in the order of the page, as ``Grid`` has of filters."""

    indices: list[int]
    """Of the filters after."""
    states: list[str]
    """Keys of ``STATES``, separated by spaces."""
    keys: dict[str, list[float | None]]
    """By keys of ``ORDERS``, without those that are unknown of all pairs."""
    percent: list[str]
    """The keys whose values are shown in percent: none."""
    classes: list[str]
    """None, as pairs are not chosen by class; nor have they ``labels``."""
    labels: list[int]


def pair_grid(pairs: Sequence[Pair]) -> PairGrid:
    """Return what the script of the page of all pairs reads."""
    found = {key: [_short(value(pair)) for pair in pairs] for key, value in _VALUES.items()}
    return {
        "indices": [pair["after"]["index"] for pair in pairs],
        "states": [" ".join(states(pair)) for pair in pairs],
        "keys": {key: values for key, values in found.items() if any_known(values)},
        "percent": [],
        "classes": [],
        "labels": [],
    }


def orders(grid: PairGrid) -> list[tuple[str, str]]:
    """Return the keys and names of what the pairs can be sorted by, besides the change."""
    return [(key, name) for key, name in ORDERS.items() if key in grid["keys"]]


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


def _growth(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _short(value: float | None) -> float | None:
    """Round a number to three significant digits."""
    return None if value is None else float(f"{value:.3g}")
