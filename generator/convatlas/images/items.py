"""Take the items of data sets apart: pictures and their classes, alone or in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convatlas.images.decode import Undecodable

_PICTURES = "image images img picture pixel_values input x jpg jpeg png webp"
_CLASSES = "label labels target targets class cls y fine_label"
"""Keys under which items have their picture and its class, likeliest first."""


def apart(item: Any) -> tuple[Any, Any]:
    """Return an item's picture, and its class or None.

    Items are pairs (picture, class), mappings with one of the usual keys, or pictures alone.

    Raises:
        Undecodable: the item is none of these.
    """
    if isinstance(item, Mapping):
        picture = next((item[key] for key in _PICTURES.split() if key in item), None)
        if picture is None:
            keys = ", ".join(map(str, list(item)[:9]))
            raise Undecodable(f"a mapping ({keys}) without a picture; return (picture, class)")
        return picture, next((item[key] for key in _CLASSES.split() if key in item), None)
    if isinstance(item, tuple | list) and item:
        return item[0], item[1] if len(item) > 1 else None
    if hasattr(item, "shape") or hasattr(item, "getpixel"):
        return item, None
    raise Undecodable(f"no picture but {type(item).__name__}; return (picture, class)")


def unbatched(picture: Any, target: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the pictures of a batch [n, ...] with their classes; anything else as it is."""
    if len(getattr(picture, "shape", ())) != 4:
        yield picture, target
        return
    number = len(picture)
    many = hasattr(target, "__len__") and not isinstance(target, str) and len(target) == number
    for index in range(number):
        yield picture[index], target[index] if many else None
