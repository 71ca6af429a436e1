"""What checks find in a file: values of any type, and names of files that may not be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from convatlas.config import folders
from convatlas.config.sources import is_folder
from convatlas.errors import Problem
from convatlas.model.records import Json

Place = tuple[str | int, ...]
"""Where a value stands: keys and list indices from the root."""


def entries(data: Json, key: str) -> Iterator[tuple[int, dict[str, Json]]]:
    """The mappings of a list, each with its index; what is none is passed over."""
    values = data.get(key) if isinstance(data, dict) else None
    for index, entry in enumerate(values if isinstance(values, list) else []):
        if isinstance(entry, dict):
            yield index, entry


def texts(value: Json) -> Iterator[tuple[int, str]]:
    """The texts of a list, each with its index; what is none is passed over."""
    for index, each in enumerate(value if isinstance(value, list) else []):
        if isinstance(each, str) and each:
            yield index, each


def text_of(entry: Json, key: str) -> str | None:
    """The text under a key; None where there is none, or an empty one."""
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) and value else None


def missing(kind: str, name: str) -> str:
    """What is said of a file or folder that is not there."""
    return f"there is no {kind} {name}; paths are relative to the file they stand in"


def check_pictures(target: str, folder: Path, path: Place) -> Iterator[Problem]:
    """What is wrong with a folder that should hold pictures, as far as a glance tells."""
    if not is_folder(folder / target):
        yield Problem(path, missing("folder", target), absent=True)
        return
    try:
        if not folders.has_images(folder / target):
            yield Problem(path, without_images(target), absent=True)
    except OSError as error:
        yield Problem(path, unreadable(target, error))


def without_images(target: str) -> str:
    """What is said of a folder without a single image file."""
    endings = "jpg, png, webp, bmp, gif, tif, ppm or avif"
    return f"the folder {target} holds no image file; put {endings} there"


def unreadable(target: str, error: OSError) -> str:
    """What is said of a folder that cannot be read."""
    return f"the folder {target} cannot be read ({error.strerror}); see to its rights"
