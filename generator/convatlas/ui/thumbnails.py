"""What stands for a filter on a tile."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from convatlas.model.manifest import File, Filter, Layer, Network

Box = tuple[int, int, int, int]
"""[left, top, width, height] in pixels."""


@dataclass(frozen=True)
class Thumbnail:
    """A picture or a part of one; a word where there is none."""

    picture: File | None = None
    box: Box | None = None
    """The part of the picture that is shown; None for all of it."""
    look: Literal["", "px", "crop"] = ""
    """Its class: "px" if its pixels are seen as squares, "crop" if it is cut from an image."""
    from_root: bool = False
    """Whether the picture's path is from the site's root; else from its layer's folder."""
    word: str = ""


@dataclass(frozen=True)
class ThumbnailRequest:
    """The live filter that a thumbnail is asked for, and what may be taken."""

    filter: Filter
    layer: Layer
    network: Network
    whole: bool
    """Whether large pictures are wanted rather than tiles of the layer's sprite."""
    files: bool
    """Whether filters have pictures of their own as files; if not, sprites have to do."""


def sprite_tile(filter: Filter, layer: Layer, view: str) -> Thumbnail:
    """Return a filter's tile in the sprites of a view.

    Raises:
        KeyError: the layer has no sprites of this view.
    """
    sprite = layer["sprites"][view]
    side, columns = sprite["tile"], sprite["columns"]
    place = bisect_left(layer["filters"], filter["index"], key=lambda other: other["index"])
    number, rest = divmod(place, columns * columns)
    row, column = divmod(rest, columns)
    return Thumbnail(sprite["files"][number], (column * side, row * side, side, side))
