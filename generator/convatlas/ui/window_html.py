"""What a filter sees of an image, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from convatlas.model.crops import crop
from convatlas.model.manifest import File, Layer, Network
from convatlas.ui.thumbnail_html import part_html


def window_html(network: Network, layer: Layer, image: str, box: Sequence[int]) -> Markup | None:
    """Return the part of an image around what a position of a layer's map sees.

    It is for a page two folders deep; None if the image is not published.

    Args:
        image: Its id.
        box: What the position sees: [left, top, right, bottom], in pixels of the input.
    """
    published = network["photographs"].get(image)
    if published is None:
        return None
    height, width = size = network["preprocessing"]["size"]
    picture: File = {"file": published["file"], "width": width, "height": height}
    field = layer["local_receptive_field"] or layer["receptive_field"]
    window = crop(box, field, size)
    return part_html(picture, (window.left, window.top, window.width, window.height), "../../")


def tile_html(picture: File, size: Sequence[int], place: int, base: str = "") -> Markup:
    """Return a tile of a picture whose tiles of a ``size`` [height, width] stand in a row.

    Args:
        base: Leads from the page to where the picture's path starts.
    """
    height, width = size
    return part_html(picture, (place * width, 0, width, height), base, scaled=False)
