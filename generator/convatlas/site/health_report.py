"""The report at the end of a build: layers with unhealthy filters, and published images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from convatlas.lenses.registry import lenses
from convatlas.model.manifest import ImageSet, Layer, LayerHealth, Manifest, Network, NetworkHealth
from convatlas.model.records import Json
from convatlas.ui.text import plural

WORST = 8
"""Maximum number of layers per network in ``lines`` and ``worst``; ``report`` lists all of them."""

Issue = Literal["dead", "never", "always", "duplicates"]

ISSUES: Mapping[Issue, tuple[str, str]] = {
    "dead": ("dead", "dead"),
    "never": ("never above zero", "never above zero"),
    "always": ("always on", "always on"),
    "duplicates": ("near-duplicate pair", "near-duplicate pairs"),
}
"""What can be wrong with filters, as text in the singular and in the plural."""


def report(manifest: Manifest) -> Mapping[str, Json]:
    """Return the ``health`` of each network and the ``images`` of each set, without unknown values.

    ``sick`` lists the layers that have any issue, the worst first.
    """
    return {
        "health": [_health(network) for network in manifest["networks"]],
        "images": [_published(manifest, images) for images in manifest["image_sets"]],
    }


def lines(manifest: Manifest, out: Path) -> Iterator[str]:
    """Yield the report as lines: each network with its worst layers, then the image sets.

    Args:
        out: the site's folder, for the path of the page that lists the remaining layers.
    """
    for network in manifest["networks"]:
        yield _line(network)
        sick = _sick(network)
        for layer in sick[:WORST]:
            yield f"  {layer['name']}: {_issues(layer['health'])} of {_filters(layer['health'])}"
        if len(sick) > WORST:
            page = out / network["href"]
            yield f"  ... and {plural(len(sick) - WORST, 'more layer')}: see {page}"
    for images in manifest["image_sets"]:
        yield _published_line(_published(manifest, images))


def worst(network: Network) -> list[tuple[Layer, str]]:
    """Return the worst layers of a network, each with a summary of its issues."""
    sick = _sick(network)[:WORST]
    return [(layer, f"{_issues(layer['health'])} of {_filters(layer['health'])}") for layer in sick]


def _line(network: Network) -> str:
    health, layers = network["health"], len(network["layers"])
    line = f"{network['name']}: {_filters(health)} in {plural(layers, 'layer')}"
    issues = _issues(health, zeros=True)
    if issues:
        line += f", {issues}"
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
                **_issue_counts(layer["health"]),
            }
            for layer in _sick(network)
        ],
    }


def _sick(network: Network) -> list[Layer]:
    """Return the layers that have any issue, those with the largest share of such filters first."""
    layers = [layer for layer in network["layers"] if any(_issue_counts(layer["health"]).values())]
    return sorted(layers, key=lambda layer: -_share(layer["health"]))


def _share(health: LayerHealth) -> float:
    """Return the approximate share (0 to 1) of a layer's filters that have any issue."""
    twins = {index for pair in health["duplicates"] or () for index in pair[:2]}
    silent = max(health["dead"] or 0, health["never"] or 0)  # most dead filters are silent as well
    return (silent + (health["always"] or 0) + len(twins)) / max(health["filters"], 1)


def _issue_counts(health: LayerHealth | NetworkHealth) -> dict[Issue, int]:
    """Return the number of filters (or pairs) with each issue, without unknown numbers."""
    values = ((name, health[name]) for name in ISSUES)
    return {
        name: len(value) if isinstance(value, list) else value
        for name, value in values
        if value is not None
    }


def _issues(health: LayerHealth | NetworkHealth, zeros: bool = False) -> str:
    counts = {name: count for name, count in _issue_counts(health).items() if count or zeros}
    return ", ".join(f"{count:,} {ISSUES[name][count != 1]}" for name, count in counts.items())


def _filters(health: LayerHealth | NetworkHealth) -> str:
    return plural(health["filters"], "filter")


def _published(manifest: Manifest, images: ImageSet) -> Mapping[str, Json]:
    """Return how many images and crops of an image set the site publishes."""
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


def _published_line(published: Mapping[str, Json]) -> str:
    name, pictures, crops = published["set"], published["pictures"], published["crops"]
    if pictures or published["publish"] == "full":
        return f"{pictures:,} of {plural(published['images'], 'picture')} of {name} published"
    if crops:
        return f"{plural(crops, 'crop')} of pictures of {name} published"
    return f"no picture of {name} is published"
