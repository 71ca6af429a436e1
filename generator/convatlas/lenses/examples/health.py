"""The health of a layer according to images: silent filters, filters always on, and the scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from convatlas.lenses.examples.entries import ExamplesEntry, examples, shown
from convatlas.lenses.parts.overview import Symptom
from convatlas.model.manifest import Filter, Histogram, Layer, Reach, Spread

ALWAYS = 0.999
"""Minimum share of positions above zero at which a filter counts as always on."""

BINS = 10
"""Number of bars of the histogram of ``shares``."""


class ExamplesHealth(TypedDict):
    """The fields of ``LayerHealth`` that follow from images."""

    never: int | None
    always: int | None
    reach: Reach | None
    scale: Spread | None
    shares: Histogram | None


def health(rectified: bool, filters: Sequence[Filter]) -> ExamplesHealth:
    """Return the health of a layer; all fields are None if images are missing for any filter.

    How often a filter is above zero matters only if the layer is ``rectified``: if the next
    operation sets negative responses to zero.
    """
    known = [entry for entry in map(examples, filters) if entry]
    if not known or len(known) < len(filters):
        return {"never": None, "always": None, "reach": None, "scale": None, "shares": None}
    shares = [entry["share_positions"] for entry in known]
    return {
        "never": sum(map(is_silent, known)) if rectified else None,
        "always": sum(map(is_always_on, known)) if rectified else None,
        "reach": {"images": known[0]["images"], "of": shown(known[0])},
        "scale": _scale([entry["std"] for entry in known]),
        "shares": _histogram(shares) if rectified else None,
    }


def symptoms(layer: Layer) -> Sequence[Symptom]:
    """Return the silent filters of a layer, and those that are always on."""
    silent = [
        filter
        for filter in layer["filters"]
        if not filter["dead"] and (entry := examples(filter)) and is_silent(entry)
    ]
    always = [
        filter for filter in layer["filters"] if (entry := examples(filter)) and is_always_on(entry)
    ]
    return [
        Symptom(
            "Never above zero for any image, though a made picture gets there",
            "Filters that no image brings above zero",
            silent if layer["health"]["never"] else (),
        ),
        Symptom(
            "Always on, above zero at 99.9 % of the positions or more",
            "Filters that are always on",
            always if layer["health"]["always"] else (),
        ),
    ]


def is_silent(entry: ExamplesEntry) -> bool:
    """Return whether no image brings the filter above zero."""
    return entry["bounds"]["highest"] <= 0


def is_always_on(entry: ExamplesEntry) -> bool:
    """Return whether the filter is above zero almost everywhere."""
    return entry["share_positions"] >= ALWAYS


def _scale(deviations: Sequence[float]) -> Spread:
    ranked = sorted(deviations)
    return {
        "low": _percentile(ranked, 0.05),
        "median": _percentile(ranked, 0.5),
        "high": _percentile(ranked, 0.95),
    }


def _percentile(ranked: Sequence[float], share: float) -> float:
    """Return a percentile by linear interpolation; ``share`` is from 0 to 1."""
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def _histogram(shares: Sequence[float]) -> Histogram:
    """Count the shares in each tenth of [0, 1]; 1 belongs to the last."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS), BINS - 1)] += 1
    return {"edges": [edge / BINS for edge in range(BINS + 1)], "counts": counts}
