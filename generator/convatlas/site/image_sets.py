"""The image sets' part of the manifest: each published image, with the filters that it excites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.config import schema
from convatlas.records import ImageSetFacts, Json


def image_set(
    entry: schema.ImageSet, slug: str, facts: ImageSetFacts | None, networks: Sequence[Json]
) -> Json:
    """An image set: each published image with its pictures and the filters that it excites."""
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
        "credit": entry.credit,
        "left_out": len(facts.left_out) if facts else 0,
        "images": dict(sorted(images.items())),
    }


def _collect(network: Json, labels: Mapping[str, str | None], images: dict[str, Json]) -> None:
    for item, picture in network["photographs"].items():
        entry = {"id": item, "label": labels.get(item), "pictures": [], "excites": []}
        pictures = images.setdefault(item, entry)["pictures"]
        if picture not in pictures:
            pictures.append(picture)
    for layer in network["layers"]:
        folder = layer["href"].removesuffix("index.html")
        for record in layer["filters"]:
            for example in (record["examples"] or {"top": []})["top"]:
                if example["image"] in images:
                    images[example["image"]]["excites"].append(
                        {
                            "network": network["name"],
                            "layer": layer["name"],
                            "index": record["index"],
                            "href": folder + record["href"],
                            "response": example["response"],
                        }
                    )
