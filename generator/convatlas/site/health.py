"""A layer in numbers: what is dead, silent, always on or double, and how strongly it responds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, median

from convatlas.model.records import Json

ALWAYS = 0.999
"""A filter above zero at this share of the positions is always on: nothing rectifies it."""

BINS = 10
"""Bars of the histogram of ``shares``."""


def health(rectified: bool, filters: Sequence[Json], duplicates: Json) -> Json:
    """What the manifest tells of a layer; None for what cannot be known without an image set.

    :param rectified: whether the next operation cuts off what is below zero; only then it matters
        how often a filter is above it.
    :param filters: the layer's filters, as the manifest tells them.
    :param duplicates: [index, index, correlation] of filters that answer alike, or None.
    """
    live = [found for found in filters if not found["dead"]]
    unknown = any(found["dead"] is None for found in filters)
    shares = _values(filters, "share_positions") if rectified else None
    highest = _values(filters, "bounds") if rectified else None
    return {
        "filters": len(filters),
        "dead": None if unknown else len(filters) - len(live),
        **_made(live),
        "never": highest and sum(bounds["highest"] <= 0 for bounds in highest),
        "always": shares and sum(share >= ALWAYS for share in shares),
        "duplicates": duplicates,
        "scale": _scale(_values(filters, "std")),
        "shares": shares and _histogram(shares),
    }


def total(layers: Iterable[Json]) -> Json:
    """The health of a network, from that of its layers: counts over those that know.

    None where no layer knows.
    """
    parts = [layer["health"] for layer in layers]
    return {
        **{name: sum(part[name] for part in parts) for name in ("filters", "passed", "failed")},
        **{name: _sum(part[name] for part in parts) for name in ("dead", "never", "always")},
        "duplicates": _sum(_length(part["duplicates"]) for part in parts),
    }


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _length(pairs: Sequence[Json] | None) -> int | None:
    return None if pairs is None else len(pairs)


def _made(live: Sequence[Json]) -> Json:
    """What came of the pictures that were made to excite the live filters."""
    shown = [found["maximize"]["positive"] for found in live if found["maximize"]]
    there = [made for made in shown if made]
    judged = [made for made in there if made["passed"] is not None]
    ratios = [made["ratio"] for made in judged if made["ratio"] is not None]
    passed = sum(made["passed"] for made in judged)
    return {
        "passed": passed,
        "failed": len(judged) - passed,
        "median_ratio": median(ratios) if ratios else None,
        "attempts": fmean(made["attempts"] for made in there) if there else None,
    }


def _values(filters: Sequence[Json], name: str) -> list[Json] | None:
    """What images tell of every filter; None where they do not tell it of all."""
    values = [(found["examples"] or {}).get(name) for found in filters]
    return None if not values or None in values else values


def _scale(deviations: Sequence[float] | None) -> Json:
    """The 5th, 50th and 95th percentile of the filters' standard deviations."""
    if deviations is None:
        return None
    ranked = sorted(deviations)
    shares = {"low": 0.05, "median": 0.5, "high": 0.95}
    return {name: _percentile(ranked, share) for name, share in shares.items()}


def _percentile(ranked: Sequence[float], share: float) -> float:
    """Between the two nearest of the values, in proportion."""
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def _histogram(shares: Sequence[float]) -> Json:
    """How many of the shares are in each tenth; one counts to the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS), BINS - 1)] += 1
    return {"edges": [edge / BINS for edge in range(BINS + 1)], "counts": counts}
