"""What stands for a filter on a tile, and what its top images show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from convatlas.crops import Crop, crop

Fact = Mapping[str, Any]


@dataclass(frozen=True)
class Face:
    """A filter's tile: a picture of its own, else an image that excites it, else a word."""

    picture: Fact | None = None  # its file is relative to the layer's folder
    sharp: bool = False  # whether the picture's pixels are to be seen as squares
    sprite: Fact | None = None  # its first tile stands for the filter: a window, or a slice
    found: Found | None = None
    word: str = ""


@dataclass(frozen=True)
class Found:
    """One of a filter's top images; its files are relative to the site's root."""

    example: Fact
    picture: Fact | None  # None where the whole image is not published
    window: Crop
    size: Sequence[int]  # height and width of the network's input, in which the window is told
    page: str | None  # the image's own page


def face(filter: Fact, layer: Fact, network: Fact, images: Fact | None) -> Face:
    """The best that is known of a filter on a tile; a dead filter is told by name."""
    if filter["dead"]:
        return Face(word="dead")
    positive = (filter["maximize"] or {}).get("positive")
    if positive is not None:
        sharp = positive["recipe"]["canvas"] == "pixels"
        return Face(picture=positive["picture"], sharp=sharp)
    kernels = filter["kernels"]
    if kernels is not None and kernels["mode"] != "slices":
        return Face(picture=kernels["picture"], sharp=True)
    best = next(found(filter, layer, network, images), None)
    if best is not None and best.picture is not None:
        return Face(found=best)
    if filter["examples"] is not None and filter["examples"]["crops"] is not None:
        return Face(sprite=filter["examples"]["crops"])
    if kernels is not None:
        return Face(sprite=kernels, sharp=True)
    return Face(word="none")


def found(filter: Fact, layer: Fact, network: Fact, images: Fact | None) -> Iterator[Found]:
    """The filter's top images with the windows to show, the strongest first."""
    if filter["examples"] is None:
        return
    size = network["preprocessing"]["size"]
    field = layer["local_receptive_field"] or layer["receptive_field"]
    for example in filter["examples"]["top"]:
        yield Found(
            example=example,
            picture=network["photographs"].get(example["image"]),
            window=crop(example["box"], field, size),
            size=size,
            page=image_page(images, example["image"]),
        )


def image_page(images: Fact | None, image: str) -> str | None:
    """The page of an image, or None where it has none: its set is not published."""
    entry = images["images"].get(image) if images else None
    return (
        f"images/{images['slug']}/{image}.html" if images and entry and entry["pictures"] else None
    )


def live(layer: Fact, most: int) -> list[Fact]:
    """The first filters of a layer that have a picture to show."""
    shown = (filter for filter in layer["filters"] if not filter["dead"] and _seen(filter))
    return list(islice(shown, most))


def _seen(filter: Fact) -> bool:
    return bool(
        (filter["maximize"] or {}).get("positive") or filter["kernels"] or filter["examples"]
    )


def mosaic(network: Fact, most: int) -> list[tuple[Fact, Fact]]:
    """At most ``most`` pairs (layer, filter) for a mosaic, from the first layer to the last.

    Every layer gives as many; of a network with more layers than tiles, evenly spaced ones do.
    """
    layers = [layer for layer in network["layers"] if live(layer, 1)]
    layers = spread(layers, most)
    if not layers:
        return []
    share, extra = divmod(most, len(layers))
    return [
        (layer, filter)
        for position, layer in enumerate(layers)
        for filter in spread(live(layer, len(layer["filters"])), share + (position < extra))
    ]


def spread(items: Sequence[Fact], most: int) -> list[Fact]:
    """At most ``most`` of the items, evenly spaced and in order."""
    taken = min(most, len(items))
    return [items[index * len(items) // taken] for index in range(taken)]
