"""The health of layers: counts of dead, silent, always-on and duplicate filters, and ratios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from convatlas.model.manifest import Filter, Layer, LayerHealth, NetworkHealth
from convatlas.site.overviews import overviews

Pair = tuple[int, int, float]
"""Two filters of a layer by index, with the correlation of their responses."""


def health(
    rectified: bool, filters: Sequence[Filter], duplicates: Sequence[Pair] | None
) -> LayerHealth:
    """Return the health of a layer; fields that require an image set are None without one.

    Args:
        rectified: whether the next operation is a rectifier; only then does it matter how often a
            filter's response is above zero.
        duplicates: pairs of filters with nearly equal responses.
    """
    unknown = any(filter["dead"] is None for filter in filters)
    dead = sum(bool(filter["dead"]) for filter in filters)
    fields: dict[str, object] = {"duplicates": duplicates, "dead": None if unknown else dead}
    for overview in overviews():
        fields.update(overview.health(rectified, filters))
    return cast("LayerHealth", {**_unknown(len(filters)), **fields})


def _unknown(filters: int) -> LayerHealth:
    return {
        "filters": filters,
        "dead": None,
        "never": None,
        "always": None,
        "passed": 0,
        "failed": 0,
        "median_ratio": None,
        "attempts": None,
        "duplicates": None,
        "reach": None,
        "scale": None,
        "shares": None,
    }


def total(layers: Iterable[Layer]) -> NetworkHealth:
    """Return the health of a network: sums over the layers with known values, None without any."""
    parts = [layer["health"] for layer in layers]
    return {
        "filters": sum(part["filters"] for part in parts),
        "passed": sum(part["passed"] for part in parts),
        "failed": sum(part["failed"] for part in parts),
        "dead": _sum(part["dead"] for part in parts),
        "never": _sum(part["never"] for part in parts),
        "always": _sum(part["always"] for part in parts),
        "duplicates": _sum(_length(part["duplicates"]) for part in parts),
    }


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _length(pairs: Sequence[Pair] | None) -> int | None:
    return None if pairs is None else len(pairs)
