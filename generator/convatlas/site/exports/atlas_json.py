"""What the site holds, for programs: names, addresses and counts."""

from __future__ import annotations

from convatlas.model.records import Json
from convatlas.ui.thumbnails import Fact


def overview(manifest: Fact) -> Json:
    """What ``atlas.json`` tells: networks, layers and counts, without the filters."""
    networks = [
        {key: value for key, value in network.items() if key not in ("photographs", "layers")}
        | {"layers": [_summary(layer) for layer in network["layers"]]}
        for network in manifest["networks"]
    ]
    sets = [
        {key: value for key, value in images.items() if key != "images"}
        | {"href": f"images/{images['slug']}/index.html"}
        for images in manifest["image_sets"]
    ]
    kept = ("title", "description", "version", "url", "lenses")
    return {key: manifest[key] for key in kept} | {
        "networks": networks,
        "image_sets": sets,
        "probes": [_probe(probe) for probe in manifest["probes"]],
        "hypotheses": [_claim(claim) for claim in manifest["hypotheses"]],
    }


def _summary(layer: Fact) -> Json:
    data = layer["href"].removesuffix("index.html") + "layer.json"
    kept = {key: value for key, value in layer.items() if key != "filters"}
    return kept | {"filters": len(layer["filters"]), "data": data}


def _probe(probe: Fact) -> Json:
    networks = [
        {
            "network": seen["network"],
            "href": seen["href"],
            "data": seen["href"].removesuffix("index.html") + "probe.json",
            "layers": [layer["name"] for layer in seen["layers"]],
        }
        for seen in probe["networks"]
    ]
    return {"name": probe["name"], "href": probe["href"], "networks": networks}


def _claim(claim: Fact) -> Json:
    kept = ("number", "filter", "claim", "expect", "verdict")
    href = f"hypotheses/index.html#h{claim['number']}"
    return {key: claim[key] for key in kept} | {"href": href}
