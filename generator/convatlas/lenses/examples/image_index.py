"""The image sets' part of the manifest: each published image, with the filters that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.config import schema
from convatlas.model.records import ImageSetFacts, Json

KINDS = ("top", "lowest", "range")
"""Why a filter shows an image: it excites it most, it inhibits it most, or it is typical."""


def image_set(
    entry: schema.ImageSet, slug: str, facts: ImageSetFacts | None, networks: Sequence[Json]
) -> Json:
    """An image set: each published image with its pictures and the filters that show it."""
    images: dict[str, Json] = {}
    known = {image.id: image.label for image in facts.images} if facts else {}
    for network in networks:
        if network["images"] == entry.name:
            _collect(network, known, images)
    return {
        "name": entry.name,
        "slug": slug,
        "count": len(facts.images) if facts else 0,
        "publish": entry.publish,
        "heatmaps": entry.heatmaps,
        "credit": entry.credit,
        "left_out": len(facts.left_out) if facts else 0,
        "images": dict(sorted(images.items())),
    }


def _collect(network: Json, labels: Mapping[str, str | None], images: dict[str, Json]) -> None:
    for item, picture in network["photographs"].items():
        entry = {
            "id": item,
            "label": labels.get(item),
            "pictures": [],
            "excites": [],
            "drawn": False,
        }
        pictures = images.setdefault(item, entry)["pictures"]
        if picture not in pictures:
            pictures.append(picture)
    for layer in network["layers"]:
        for record in layer["filters"]:
            shown(layer, record, images)


def shown(layer: Json, record: Json, images: dict[str, Json]) -> None:
    """Tell the images of one filter that it shows them.

    The highest is of its range too, and is told once; what was drawn at random every filter
    shows, so it is told of the image alone.
    """
    examples = record["examples"]
    for kind in KINDS if examples else ():
        for example in examples[kind]:
            image = images.get(example["image"])
            if image is None:
                continue
            if example.get("drawn"):
                image["drawn"] = True
            elif kind != "range" or example["quantile"] < 1:
                image["excites"].append(_entry(layer, record, example, kind))


def _entry(layer: Json, record: Json, example: Json, kind: str) -> Json:
    return {
        "network": layer["network"],
        "layer": layer["name"],
        "index": record["index"],
        "href": layer["href"].removesuffix("index.html") + record["href"],
        "response": example["response"],
        "kind": kind,
    }
