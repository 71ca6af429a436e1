"""Whether a comparison is as the atlas file expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from convatlas.config.bounds import Bound, holds, told
from convatlas.config.schema import Expect
from convatlas.model.comparison import Comparison, Expectation, LayerPair, Pair

CHANGED = 0.9
"""A filter whose responses correlate by less with those before has changed."""


def expectations(expect: Expect, found: Comparison) -> list[Expectation]:
    """Return what is expected of a comparison, in the order of the schema, and what came out."""
    bounds: dict[str, Bound | None] = {key: getattr(expect, key) for key in Expect.model_fields}
    return [
        _judged(what, bound, FOUND[what](found))
        for what, bound in bounds.items()
        if bound is not None
    ]


def _judged(what: str, bound: Bound, value: float | None) -> Expectation:
    return {
        "what": what,
        "expected": told(bound),
        "found": value,
        "holds": value is not None and holds(bound, value),
    }


def changed(pair: Pair) -> bool:
    """Return whether a filter changed: it died, was born, or responds to something else."""
    before, after, value = pair["before"]["dead"], pair["after"]["dead"], pair["correlation"]
    return (value is not None and value < CHANGED) or {before, after} == {True, False}


def _died(found: Comparison) -> float | None:
    return _count(found, lambda layer: layer["died"])


def _born(found: Comparison) -> float | None:
    return _count(found, lambda layer: layer["born"])


def _count(found: Comparison, of: Callable[[LayerPair], int]) -> float | None:
    """Return a number of dead filters over all layers; None if one may be dead or not."""
    unknown = any(
        pair[side]["dead"] is None for pair in _pairs(found) for side in ("before", "after")
    )
    return None if unknown or not found["layers"] else sum(map(of, found["layers"]))


def _changed(found: Comparison) -> float | None:
    """Return how many filters changed; None if that cannot be known of one."""
    unknown = any(
        pair["correlation"] is None and None in (pair["before"]["dead"], pair["after"]["dead"])
        for pair in _pairs(found)
    )
    return None if unknown or not found["layers"] else sum(map(changed, _pairs(found)))


def _pairs(found: Comparison) -> Iterator[Pair]:
    return (pair for layer in found["layers"] for pair in layer["pairs"])


def _median_correlation(found: Comparison) -> float | None:
    return _lowest(found, "correlation")


def _cka(found: Comparison) -> float | None:
    return _lowest(found, "cka")


def _lowest(found: Comparison, key: Literal["correlation", "cka"]) -> float | None:
    """Return the lowest value of the layers; None if one is unknown, or if there is none."""
    values = [layer[key] for layer in found["layers"] if not _silent(layer)]
    known = [value for value in values if value is not None]
    return min(known) if known and len(known) == len(values) else None


def _silent(layer: LayerPair) -> bool:
    """Return whether all filters of a layer are dead before and after, so that none changed."""
    dead = [pair[side]["dead"] for pair in layer["pairs"] for side in ("before", "after")]
    return bool(dead) and all(dead)


def _accuracy(found: Comparison) -> float | None:
    return found["accuracy"][1]


FOUND: Mapping[str, Callable[[Comparison], float | None]] = {
    "died": _died,
    "born": _born,
    "changed": _changed,
    "median_correlation": _median_correlation,
    "cka": _cka,
    "accuracy": _accuracy,
}
"""What each key of `expect` is about; None where it cannot be known, which fails it."""
