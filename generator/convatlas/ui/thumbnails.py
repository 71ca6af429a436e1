"""What stands for a filter on a tile, and what its top images show."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from convatlas.model.crops import Crop, crop
from convatlas.model.manifest import Filter, Layer, Network

Fact = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Thumbnail:
    """A filter's tile: a picture of its own, else an image that excites it, else a word."""

    picture: Fact | None = None  # its file is relative to the layer's folder
    sharp: bool = False  # whether the picture's pixels are to be seen as squares
    sprite: Fact | None = None  # its first tile stands for the filter: a window, or a slice
    tile: Tile | None = None
    found: Found | None = None
    word: str = ""


@dataclass(frozen=True)
class Tile:
    """A filter's tile in one of its layer's sprites, in the sprite's pixels."""

    file: Fact  # relative to the layer's folder
    left: int
    top: int
    side: int


@dataclass(frozen=True)
class Found:
    """One of a filter's top images; its files are relative to the site's root."""

    example: Fact
    picture: Fact | None  # None where the whole image is not published
    window: Crop
    size: Sequence[int]  # height and width of the network's input, in which the window is told
    page: str | None  # the image's own page


def face(
    filter: Fact,
    layer: Fact,
    network: Fact,
    images: Fact | None,
    *,
    whole: bool = False,
    files: bool = True,
) -> Thumbnail:
    """The best that is known of a filter on a tile; a dead filter is told by name.

    :param whole: take what excites the filter from the published images rather than from the
        layer's sprite, which is smaller to load but has fewer pixels.
    :param files: whether filters have pictures of their own as files; else sprites stand for them.
    """
    if filter["dead"]:
        return Thumbnail(word="dead")
    positive = (filter["maximize"] or {}).get("positive")
    if positive is not None and not files and layer["sprites"].get("made"):
        return Thumbnail(tile=tile(filter, layer, "made"))
    if positive is not None:
        sharp = positive["recipe"]["canvas"] == "pixels"
        return Thumbnail(picture=positive["picture"], sharp=sharp)
    kernels = filter["kernels"]
    if kernels is not None and kernels["mode"] != "slices":
        return Thumbnail(picture=kernels["picture"], sharp=True)
    excites = filter["examples"] is not None and filter["examples"]["top"]
    if excites and not whole and layer["sprites"].get("examples"):
        return Thumbnail(tile=tile(filter, layer, "examples"))
    best = next(found(filter, layer, network, images), None)
    if best is not None and best.picture is not None:
        return Thumbnail(found=best)
    if filter["examples"] is not None and filter["examples"]["crops"] is not None:
        return Thumbnail(sprite=filter["examples"]["crops"])
    if kernels is not None:
        return Thumbnail(sprite=kernels, sharp=True)
    return Thumbnail(word="none")


def tile(filter: Fact, layer: Fact, view: str) -> Tile:
    """Where a filter's tile is in the sprites of a view; raises KeyError without that view."""
    sprites = layer["sprites"][view]
    filters, side, columns = layer["filters"], sprites["tile"], sprites["columns"]
    place = bisect_left(filters, filter["index"], key=lambda other: other["index"])
    number, rest = divmod(place, columns * columns)
    row, column = divmod(rest, columns)
    return Tile(sprites["files"][number], column * side, row * side, side)


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


def live(layer: Layer, most: int) -> list[Filter]:
    """The first filters of a layer that have a picture to show."""
    shown = (filter for filter in layer["filters"] if not filter["dead"] and _seen(filter))
    return list(islice(shown, most))


def _seen(filter: Fact) -> bool:
    return bool(
        (filter["maximize"] or {}).get("positive") or filter["kernels"] or filter["examples"]
    )


def mosaic(network: Network, most: int) -> list[tuple[Layer, Filter]]:
    """At most ``most`` pairs (layer, filter) for a mosaic, from the first layer to the last.

    Every layer gives as many; of a network with more layers than tiles, evenly spaced ones do.
    Where pictures were made for enough filters there are no others, so that all are of a kind.
    """
    chosen = [(layer, live(layer, len(layer["filters"]))) for layer in network["layers"]]
    made = [(layer, [found for found in filters if made_for(found)]) for layer, filters in chosen]
    if sum(len(filters) for _, filters in made) >= most:
        chosen = made
    chosen = spread([pair for pair in chosen if pair[1]], most)
    if not chosen:
        return []
    share, extra = divmod(most, len(chosen))
    return [
        (layer, filter)
        for position, (layer, filters) in enumerate(chosen)
        for filter in spread(filters, share + (position < extra))
    ]


def made_for(filter: Fact) -> bool:
    """Whether a picture was made to excite the filter."""
    return bool((filter["maximize"] or {}).get("positive"))


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most ``most`` of the items, evenly spaced and in order."""
    taken = min(most, len(items))
    return [items[index * len(items) // taken] for index in range(taken)]
