"""The image sets' part of the manifest: each published image, with the filters that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convatlas.config import schema
from convatlas.lenses.parts.section import ShownImage
from convatlas.lenses.registry import lenses
from convatlas.model.facts import ImageSetFacts
from convatlas.model.manifest import Filter, Image, ImageSet, Layer, Network, Shown, layer_folder


class ImageNames(NamedTuple):
    """What the images of a set are called, and their classes, by their ids."""

    names: Mapping[str, str]
    labels: Mapping[str, str | None]

    @classmethod
    def of(cls, facts: ImageSetFacts | None, publish: str) -> ImageNames:
        """Return the names of a set's images; if it is not published, numbers in their order."""
        images = facts.images if facts else ()
        names = {
            image.id: str(number) if publish == "none" else image.id
            for number, image in enumerate(images, 1)
        }
        return cls(names, {image.id: image.label for image in images})


def image_set(
    entry: schema.ImageSet, slug: str, facts: ImageSetFacts | None, networks: Sequence[Network]
) -> ImageSet:
    """Return an image set; ``facts`` are known if a network was shown it."""
    images: dict[str, Image] = {}
    labels = {image.id: image.label for image in facts.images} if facts else {}
    for network in networks:
        if network["images"] == entry.name:
            _add_pictures(network, labels, images)
            for layer in network["layers"]:
                for filter in layer["filters"]:
                    add_filter(layer, filter, images)
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


def _add_pictures(
    network: Network, labels: Mapping[str, str | None], images: dict[str, Image]
) -> None:
    """Add what a network sees of the images, where that differs from what others see."""
    for id, picture in network["photographs"].items():
        entry: Image = {
            "id": id,
            "label": labels.get(id),
            "pictures": [],
            "excites": [],
            "drawn": False,
        }
        pictures = images.setdefault(id, entry)["pictures"]
        if picture not in pictures:
            pictures.append(picture)


def add_filter(layer: Layer, filter: Filter, images: dict[str, Image]) -> None:
    """Add a filter to the published images that its page shows.

    Images that were drawn at random are shown by every filter: of these only that is said.
    """
    for lens in lenses():
        for shown in lens.section.shown_images(filter):
            image = images.get(shown.image)
            if image is None:
                continue
            if shown.drawn:
                image["drawn"] = True
            else:
                image["excites"].append(_entry(layer, filter, shown))


def _entry(layer: Layer, filter: Filter, shown: ShownImage) -> Shown:
    return {
        "network": layer["network"],
        "layer": layer["name"],
        "index": filter["index"],
        "href": layer_folder(layer) + filter["href"],
        "response": shown.response,
        "kind": shown.kind,
    }
