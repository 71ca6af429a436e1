"""Filters that stand out in an atlas: those that its author chose, or the strongest findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from convatlas.lenses.parts.overview import Reason
from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.site.overviews import reasons
from convatlas.ui.text import number


class Highlight(NamedTuple):
    """A filter that stands out: why, in a word or two, and an explanation, in a sentence."""

    network: Network
    layer: Layer
    filter: Filter
    why: str
    text: str
    label: str = ""
    """The class that the explanation names, or ""."""


def highlights(
    manifest: Manifest, filters: Mapping[str, tuple[Filter, Layer, Network]], most: int
) -> list[Highlight]:
    """Return all filters that the author of the atlas chose, or else the strongest findings.

    Args:
        filters: filter, layer and network by the path of the filter's page.
        most: the maximum number of findings.
    """
    if manifest["highlights"]:
        return list(_chosen(manifest, filters))
    turns = zip_longest(*(strongest(network) for network in manifest["networks"]))
    return [finding for finding in chain.from_iterable(turns) if finding][:most]


def _chosen(
    manifest: Manifest, filters: Mapping[str, tuple[Filter, Layer, Network]]
) -> Iterator[Highlight]:
    for entry in manifest["highlights"]:
        filter, layer, network = filters[entry["href"]]
        name = filter["note"]["name"] if filter["note"] else None
        yield Highlight(network, layer, filter, name or "", entry["text"])


def strongest(network: Network) -> list[Highlight]:
    """Return the filters of a network that stand out most, each for one reason."""
    live = [
        (layer, filter)
        for layer in network["layers"]
        for filter in layer["filters"]
        if not filter["dead"]
    ]
    findings: list[Highlight] = []
    for reason in reasons():
        taken = [highlight.filter for highlight in findings]
        best = _first(reason, live, taken)
        if best:
            label = reason.label(best[1]) or ""
            findings.append(Highlight(network, *best, reason.title, reason.text(*best), label))
    return [*findings, *_duplicates(network)]


def _first(
    reason: Reason, live: Sequence[tuple[Layer, Filter]], taken: Sequence[Filter]
) -> tuple[Layer, Filter] | None:
    """Return the filter that stands out most for a reason, except those already taken."""
    measured = [(value, pair) for pair in live if (value := reason.measure(*pair)) is not None]
    free = [(value, pair) for value, pair in measured if not any(pair[1] is old for old in taken)]
    return max(free, key=lambda entry: entry[0])[1] if free else None


def _duplicates(network: Network) -> Iterator[Highlight]:
    """Yield a highlight for the pair of filters with the highest correlation, if there is any."""
    pairs = [
        (pair, layer) for layer in network["layers"] for pair in layer["health"]["duplicates"] or ()
    ]
    if pairs:
        (one, other, correlation), layer = max(pairs, key=lambda entry: entry[0][2])
        filter = next(each for each in layer["filters"] if each["index"] == one)
        text = f"Correlation {number(correlation, 4)} with filter {other} of its layer."
        yield Highlight(network, layer, filter, "Near-duplicate", text)
