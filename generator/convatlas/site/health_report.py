"""What a build found out, for who reads its last lines: sick layers, and what it has published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from convatlas.lenses.registry import lenses
from convatlas.model.manifest import ImageSet, Layer, LayerHealth, Manifest, Network, NetworkHealth
from convatlas.model.records import Json
from convatlas.ui.text import plural

WORST = 8
"""Layers of a network that are told of in lines; data tell of all."""

Matter = Literal["dead", "never", "always", "duplicates"]

MATTERS: Mapping[Matter, tuple[str, str]] = {
    "dead": ("dead", "dead"),
    "never": ("never above zero", "never above zero"),
    "always": ("always on", "always on"),
    "duplicates": ("near-duplicate pair", "near-duplicate pairs"),
}
"""What may be the matter with filters, in words for one and for more."""


def report(manifest: Manifest) -> Mapping[str, Json]:
    """The ``health`` of each network and the ``images`` of each set; what is unknown is left out.

    ``sick`` are the layers where something is the matter, the worst first.
    """
    return {
        "health": [_health(network) for network in manifest["networks"]],
        "images": [_shown(manifest, images) for images in manifest["image_sets"]],
    }


def lines(manifest: Manifest, out: Path) -> Iterator[str]:
    """The same in lines: networks, each with its worst layers, then image sets.

    Args:
        out: where the site is, for the page that tells the rest.
    """
    for network in manifest["networks"]:
        yield _line(network)
        sick = _sick(network)
        for layer in sick[:WORST]:
            yield f"  {layer['name']}: {_told(layer['health'])} of {_filters(layer['health'])}"
        if len(sick) > WORST:
            page = out / network["href"]
            yield f"  ... and {plural(len(sick) - WORST, 'more layer')}: see {page}"
    for images in manifest["image_sets"]:
        yield _shown_line(_shown(manifest, images))


def worst(network: Network) -> list[tuple[Layer, str]]:
    """The layers of a network where most is the matter, each with what it is, in words."""
    sick = _sick(network)[:WORST]
    return [(layer, f"{_told(layer['health'])} of {_filters(layer['health'])}") for layer in sick]


def _line(network: Network) -> str:
    health, layers = network["health"], len(network["layers"])
    line = f"{network['name']}: {_filters(health)} in {plural(layers, 'layer')}"
    told = _told(health, zeros=True)
    if told:
        line += f", {told}"
    judged = health["passed"] + health["failed"]
    if judged:
        line += f"; {health['passed']:,} of {judged:,} pictures beat every image"
    return line


def _health(network: Network) -> Mapping[str, Json]:
    return {
        "network": network["name"],
        "layers": len(network["layers"]),
        **{name: count for name, count in network["health"].items() if count is not None},
        "sick": [
            {
                "layer": layer["name"],
                "filters": layer["health"]["filters"],
                **_matters(layer["health"]),
            }
            for layer in _sick(network)
        ],
    }


def _sick(network: Network) -> list[Layer]:
    """The layers where something is the matter, the largest part of its filters first."""
    layers = [layer for layer in network["layers"] if any(_matters(layer["health"]).values())]
    return sorted(layers, key=lambda layer: -_share(layer["health"]))


def _share(health: LayerHealth) -> float:
    """About which part of a layer's filters has something the matter."""
    twins = {index for pair in health["duplicates"] or () for index in pair[:2]}
    silent = max(health["dead"] or 0, health["never"] or 0)  # the dead are mostly of the silent
    return (silent + (health["always"] or 0) + len(twins)) / max(health["filters"], 1)


def _matters(health: LayerHealth | NetworkHealth) -> dict[Matter, int]:
    """How many filters have what, or how many pairs; only what is known."""
    known = ((name, health[name]) for name in MATTERS)
    return {
        name: len(found) if isinstance(found, list) else found
        for name, found in known
        if found is not None
    }


def _told(health: LayerHealth | NetworkHealth, zeros: bool = False) -> str:
    found = {name: count for name, count in _matters(health).items() if count or zeros}
    return ", ".join(f"{count:,} {MATTERS[name][count != 1]}" for name, count in found.items())


def _filters(health: LayerHealth | NetworkHealth) -> str:
    return plural(health["filters"], "filter")


def _shown(manifest: Manifest, images: ImageSet) -> Mapping[str, Json]:
    """How much of an image set can be seen on the site."""
    crops = sum(
        lens.reports.crops(filter)
        for network in manifest["networks"]
        if network["images"] == images["name"]
        for layer in network["layers"]
        for filter in layer["filters"]
        for lens in lenses()
    )
    return {
        "set": images["name"],
        "publish": images["publish"],
        "images": images["count"],
        "pictures": sum(bool(image["pictures"]) for image in images["images"].values()),
        "crops": crops,
    }


def _shown_line(shown: Mapping[str, Json]) -> str:
    name, pictures, crops = shown["set"], shown["pictures"], shown["crops"]
    if pictures or shown["publish"] == "full":
        return f"{pictures:,} of {plural(shown['images'], 'picture')} of {name} published"
    if crops:
        return f"{plural(crops, 'crop')} of pictures of {name} published"
    return f"no picture of {name} is published"
