"""The report of comparisons at the end of a build: what changed, and what was not expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from convatlas.model.comparison import Comparison, Expectation, LayerPair
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json
from convatlas.site.expectations import CHANGED, FOUND, changed
from convatlas.ui.text import plural

MOST = 10
"""How many layers of a comparison are told; ``report`` lists all of them."""

PLACES = 3
"""How many layers are named where an expectation fails."""


def lines(manifest: Manifest) -> Iterator[str]:
    """Yield for each comparison what changed, the most changed layers first, and what failed."""
    for found in _comparisons(manifest):
        yield f"{_both(found)}: {_summary(found)}"
        layers = sorted(filter(_changes, found["layers"]), key=_share, reverse=True)
        yield from (f"  {_name(layer)}: {_told(layer)}" for layer in layers[:MOST])
        if len(layers) > MOST:
            yield f"  and {plural(len(layers) - MOST, 'more layer')}"
        yield from _unpaired(found)
    yield from unmet(manifest)


def unmet(manifest: Manifest) -> list[str]:
    """Return the expectations that do not hold, each with what was found and where."""
    return [
        f"{_both(found)}: {_failed(found, each)}"
        for found in _comparisons(manifest)
        for each in found["expectations"]
        if not each["holds"]
    ]


def report(manifest: Manifest) -> list[Json]:
    """Return each comparison with its layers, without pairs of filters and unknown values."""
    left_out = ("href", "layers")
    return [
        {
            **_known(found, left_out),
            "layers": [_known(layer, ("href", "pairs")) for layer in found["layers"]],
        }
        for found in _comparisons(manifest)
    ]


def _known(values: Mapping[str, Json], left_out: Sequence[str]) -> dict[str, Json]:
    found = {key: value for key, value in values.items() if key not in left_out}
    return {key: value for key, value in found.items() if value is not None}


def _comparisons(manifest: Manifest) -> Sequence[Comparison]:
    return manifest["compare"]["pairs"] if "compare" in manifest else []


def _both(found: Comparison) -> str:
    return f"{found['before']} and {found['after']}"


def _summary(found: Comparison) -> str:
    layers = found["layers"]
    if not layers and found["match"] == "correlation":
        return "no layers are alike"
    if not layers:
        return "no layers have the same name; pair them with `match: correlation`"
    if all(layer["unchanged"] for layer in layers) and not any(found["unpaired"]):
        return _heads(found)
    filters = sum(map(_filters, layers))
    below = sum(layer["below"] for layer in layers)
    died, born = (sum(layer[key] for layer in layers) for key in ("died", "born"))
    return _line(below, filters, died, born) + _accuracy(found)


def _heads(found: Comparison) -> str:
    """Return what is said where all layers are as before, and only what comes after may differ."""
    changed = found["changed"]
    if not changed:
        return "nothing changed" if changed == 0 else "no layer changed"
    images = f"{changed:,} of {plural(found['answered'], 'image')}"
    return f"no layer changed, but the first class of {images} did{_accuracy(found)}"


def _accuracy(found: Comparison) -> str:
    before, after = found["accuracy"]
    if before is None or after is None:
        return ""
    return f"; accuracy {100 * before:.1f} % before, {100 * after:.1f} % after"


def _told(layer: LayerPair) -> str:
    return _line(layer["below"], _filters(layer), layer["died"], layer["born"])


def _line(below: int, filters: int, died: int, born: int) -> str:
    """Return "12 of 192 filters changed beyond 0.9; 2 died, 1 born"."""
    counts = [f"{count:,} {what}" for count, what in ((died, "died"), (born, "born")) if count]
    if counts and not below:
        return f"of {plural(filters, 'filter')}, {', '.join(counts)}"
    line = f"{below:,} of {plural(filters, 'filter')} changed beyond {CHANGED:g}"
    return f"{line}; {', '.join(counts)}" if counts else line


def _filters(layer: LayerPair) -> int:
    """Return how many filters of a layer have been compared."""
    return min(layer["filters"]) if layer["unchanged"] else len(layer["pairs"])


def _changes(layer: LayerPair) -> int:
    return layer["below"] + layer["died"] + layer["born"]


def _share(layer: LayerPair) -> float:
    return _changes(layer) / max(_filters(layer), 1)


def _name(layer: LayerPair) -> str:
    before, after = layer["before"], layer["after"]
    return before if before == after else f"{before} and {after}"


def _unpaired(found: Comparison) -> Iterator[str]:
    for network, names in zip((found["before"], found["after"]), found["unpaired"], strict=True):
        if names:
            verb = "have" if len(names) > 1 else "has"
            yield f"  {plural(len(names), 'layer')} of {network} {verb} no counterpart"


def _failed(found: Comparison, each: Expectation) -> str:
    start, value = f"expected {each['what']} {each['expected']}", each["found"]
    if value is None:
        return f"{start}, which cannot be known{_unknown(found, each['what'])}"
    return f"{start}, found {value:.4g}{_where(found, each['what'])}"


def _unknown(found: Comparison, what: str) -> str:
    """Return why a value cannot be known."""
    if what == "accuracy":
        return ": there are no images with labels that are its classes"
    if not found["layers"]:
        return ": no layers are compared"
    alone = ((_name(layer), {**found, "layers": [layer]}) for layer in found["layers"])
    names = [name for name, layer in alone if FOUND[what](cast(Comparison, layer)) is None]
    return f": not in {_listed(names)}" if names else ""


def _where(found: Comparison, what: str) -> str:
    """Return where in the network an expectation fails: ``: 2 in features.9, 1 in features.12``."""
    if what in COUNTS:
        counts = [(COUNTS[what](layer), _name(layer)) for layer in found["layers"]]
        places = sorted((pair for pair in counts if pair[0]), key=lambda pair: -pair[0])
        return f": {_listed([f'{count:,} in {name}' for count, name in places])}" if places else ""
    if what in LOWEST:
        values = [(LOWEST[what](layer), _name(layer)) for layer in found["layers"]]
        lowest = min((value, name) for value, name in values if value is not None)
        return f": in {lowest[1]}"
    return ""


def _listed(places: Sequence[str]) -> str:
    more = [f"{plural(len(places) - PLACES, 'more layer')}"] if len(places) > PLACES else []
    return ", ".join([*places[:PLACES], *more])


COUNTS: Mapping[str, Callable[[LayerPair], int]] = {
    "died": lambda layer: layer["died"],
    "born": lambda layer: layer["born"],
    "changed": lambda layer: sum(map(changed, layer["pairs"])),
}
LOWEST: Mapping[str, Callable[[LayerPair], float | None]] = {
    "median_correlation": lambda layer: layer["correlation"],
    "cka": lambda layer: layer["cka"],
}
