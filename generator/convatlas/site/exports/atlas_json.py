"""``atlas.json``: names, addresses and counts of the whole site, for programs."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.registry import lenses
from convatlas.model.manifest import ImageSet, Layer, Manifest, Network, layer_folder
from convatlas.model.records import Json
from convatlas.site.overviews import overviews


def atlas_json(manifest: Manifest) -> Mapping[str, Json]:
    """Return the content of ``atlas.json``: networks, layers and counts, without the filters."""
    more: dict[str, Json] = {}
    for overview in overviews():
        more.update(overview.atlas_json(manifest))
    return {
        "title": manifest["title"],
        "description": manifest["description"],
        "version": manifest["version"],
        "url": manifest["url"],
        "lenses": manifest["lenses"],
        "networks": [_network(network) for network in manifest["networks"]],
        "image_sets": [_image_set(images) for images in manifest["image_sets"]],
        **more,
        **_compared(manifest),
    }


def _compared(manifest: Manifest) -> Mapping[str, Json]:
    """Return the comparisons without their layers; nothing if the atlas compares nothing."""
    if "compare" not in manifest:
        return {}
    pairs = [
        {key: value for key, value in each.items() if key != "layers"}
        for each in manifest["compare"]["pairs"]
    ]
    return {"compare": {"pairs": pairs, "timelines": manifest["compare"]["timelines"]}}


def _network(network: Network) -> Mapping[str, Json]:
    kept = {key: value for key, value in network.items() if key not in ("photographs", "layers")}
    return {**kept, "layers": [_layer(layer) for layer in network["layers"]]}


def _layer(layer: Layer) -> Mapping[str, Json]:
    apart = {"filters", *(each.name for each in lenses() if not each.section.in_atlas_json)}
    kept = {key: value for key, value in layer.items() if key not in apart}
    return {**kept, "filters": len(layer["filters"]), "data": f"{layer_folder(layer)}layer.json"}


def _image_set(images: ImageSet) -> Mapping[str, Json]:
    kept = {key: value for key, value in images.items() if key != "images"}
    return {**kept, "href": f"images/{images['slug']}/index.html"}
