"""From records to what the manifest says of networks that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import cast

from convatlas.config import schema
from convatlas.config.comparisons import Wanted, pairs_wanted, timelines_wanted
from convatlas.lenses.registry import lenses
from convatlas.model.comparison import Comparison, Comparisons, LayerPair, Pair, State, Timeline
from convatlas.model.derived import LayerComparisonData, read_comparison
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.model.records import digest
from convatlas.site.expectations import CHANGED, expectations
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs

DIED = 2.0
"""The change of a filter that died or was born: more than that of any other."""

BESIDE = ("index", "timeline")
"""What stands beside the pages of layers."""


def comparisons(
    atlas: schema.Atlas, results: Sequence[NetworkResults], networks: Sequence[Network]
) -> Comparisons | None:
    """Return what an atlas compares; None if it compares nothing.

    A comparison of which the store has nothing yet is left out, as after a build that failed.
    """
    sides = {
        network["name"]: _Side(each, network)
        for each, network in zip(results, networks, strict=True)
    }
    wanted = pairs_wanted(atlas)
    folders = slugs([folder_name(each.before, each.after) for each in wanted])
    pairs = [
        found
        for each in wanted
        if (found := _comparison(each, sides, folders[folder_name(each.before, each.after)]))
    ]
    if not pairs:
        return None
    told = {(each["before"], each["after"]) for each in pairs}
    timelines = [
        _timeline(names, folders)
        for names in timelines_wanted(atlas)
        if all((name, names[-1]) in told for name in names[:-1])
    ]
    return {"pairs": pairs, "timelines": timelines}


def folder_name(before: str, after: str) -> str:
    """Return a name for two networks, which no other two have: names may have hyphens, too."""
    name = f"{before}--{after}"
    return name if name.split("--") == [before, after] else f"{name}-{digest([before, after])[:8]}"


def _timeline(networks: Sequence[str], folders: Mapping[str, str]) -> Timeline:
    folder = folders[folder_name(networks[0], networks[-1])]
    return {"networks": list(networks), "href": f"compare/{folder}/timeline.html"}


@dataclass(frozen=True)
class _Side:
    """One of two networks."""

    results: NetworkResults
    network: Network

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """The layers that images reach, by name."""
        return {layer["name"]: layer for layer in self.network["layers"] if layer["reached"]}


def _comparison(wanted: Wanted, sides: Mapping[str, _Side], folder: str) -> Comparison | None:
    before, after = sides[wanted.before], sides[wanted.after]
    data = read_comparison(before.results.records, wanted.after)
    if data is None:
        return None
    pages = slugs([layer["before"] for layer in data["layers"]], BESIDE)
    layers = [
        _layer_pair(
            layer,
            before.layers[layer["before"]],
            after.layers[layer["after"]],
            f"compare/{folder}/{pages[layer['before']]}.html",
        )
        for layer in data["layers"]
    ]
    found: Comparison = {
        "before": wanted.before,
        "after": wanted.after,
        "match": wanted.match,
        "href": f"compare/{folder}/index.html",
        "layers": layers,
        "unpaired": (
            _rest(before.layers, (layer["before"] for layer in layers)),
            _rest(after.layers, (layer["after"] for layer in layers)),
        ),
        "images": data["images"],
        "accuracy": (None, None),
        "labelled": 0,
        "changed": None,
        "answered": 0,
        "expectations": [],
    }
    for lens in lenses():
        found.update(cast("Comparison", lens.changes.networks(before.results, after.results)))
    found["expectations"] = expectations(wanted.expect, found)
    return found


def _rest(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    held = set(taken)
    return [name for name in names if name not in held]


def _layer_pair(data: LayerComparisonData, before: Layer, after: Layer, href: str) -> LayerPair:
    own = {filter["index"]: filter for filter in before["filters"]}
    other = {filter["index"]: filter for filter in after["filters"]}
    pairs = [_pair(data, place, own, other) for place in range(len(data["filters"]))]
    pairs.sort(key=lambda pair: (-pair["change"], pair["before"]["index"]))
    known = [pair["correlation"] for pair in pairs if pair["correlation"] is not None]
    return {
        "before": before["name"],
        "after": after["name"],
        "href": href,
        "unchanged": data["unchanged"],
        "filters": (len(own), len(other)),
        "pairs": pairs,
        "unpaired": _unpaired(data, own, other),
        "cka": 1.0 if data["unchanged"] else data["cka"],
        "correlation": 1.0 if data["unchanged"] else median(known) if known else None,
        "below": sum(value < CHANGED for value in known),
        "compared": len(known),
        "mutual": sum(data["mutual"]) / len(pairs) if data["mutual"] else None,
        "dead": (before["health"]["dead"], after["health"]["dead"]),
        "born": sum(_born(pair["before"], pair["after"]) for pair in pairs),
        "died": sum(_born(pair["after"], pair["before"]) for pair in pairs),
    }


def _unpaired(
    data: LayerComparisonData, own: Iterable[int], other: Iterable[int]
) -> tuple[list[int], list[int]]:
    """Return the filters before and after that have no partner."""
    if data["unchanged"]:
        return [], []
    first, second = ({pair[side] for pair in data["filters"]} for side in (0, 1))
    left = [index for index in own if index not in first]
    return left, [index for index in other if index not in second]


def _pair(
    data: LayerComparisonData,
    place: int,
    own: Mapping[int, Filter],
    other: Mapping[int, Filter],
) -> Pair:
    first, second = data["filters"][place]
    before, after = own[first], other[second]
    states, correlation = (_state(before), _state(after)), data["correlation"][place]
    found: Pair = {
        "before": states[0],
        "after": states[1],
        "correlation": correlation,
        "cosine": data["cosine"][place],
        "norm": data["norm"][place],
        "kept": None,
        "of": 0,
        "mutual": data["mutual"][place] if data["mutual"] else None,
        "change": change(*states, correlation),
    }
    for lens in lenses():
        found.update(cast("Pair", lens.changes.pair(before, after)))
    return found


def _state(filter: Filter) -> State:
    found: State = {
        "index": filter["index"],
        "dead": filter["dead"],
        "best": None,
        "effect": None,
    }
    for lens in lenses():
        found.update(cast("State", lens.changes.state(filter)))
    return found


def change(before: State, after: State, correlation: float | None) -> float:
    """Return what pairs are sorted by, as ``Pair`` has it."""
    if _born(before, after) or _born(after, before):
        return DIED
    dead = before["dead"] is True and after["dead"] is True
    return 0.0 if correlation is None or dead else 1 - correlation


def _born(before: State, after: State) -> bool:
    return before["dead"] is True and after["dead"] is False
