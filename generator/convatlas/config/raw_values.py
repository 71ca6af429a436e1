"""Access to values of any type, and to files that may not exist, for the checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from convatlas.config import folders
from convatlas.config.sources import is_folder
from convatlas.errors import Problem
from convatlas.model.records import Json

Place = tuple[str | int, ...]
"""The path of a value: keys and list indices from the root."""


def entries(data: Json, key: str) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the mappings in a list with their indices; anything else is skipped."""
    values = data.get(key) if isinstance(data, dict) else None
    for index, entry in enumerate(values if isinstance(values, list) else []):
        if isinstance(entry, dict):
            yield index, entry


def texts(value: Json) -> Iterator[tuple[int, str]]:
    """Yield the non-empty texts in a list with their indices; anything else is skipped."""
    for index, each in enumerate(value if isinstance(value, list) else []):
        if isinstance(each, str) and each:
            yield index, each


def text_of(entry: Json, key: str) -> str | None:
    """Return the text under a key, or None if it is missing, empty or of another type."""
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) and value else None


def missing(kind: str, name: str) -> str:
    """Return the message for a file or folder that does not exist."""
    return f"there is no {kind} {name}; paths are relative to the file they stand in"


def check_pictures(target: str, folder: Path, path: Place) -> Iterator[Problem]:
    """Yield what is wrong with a folder of pictures, without opening any of them."""
    if not is_folder(folder / target):
        yield Problem(path, missing("folder", target), absent=True)
        return
    try:
        if not folders.has_images(folder / target):
            yield Problem(path, without_images(target, folder / target), absent=True)
    except OSError as error:
        yield Problem(path, unreadable(target, error))


def without_images(target: str, folder: Path) -> str:
    """Return the message for a folder that has no image files, and what it has instead."""
    endings = "jpg, png, webp, bmp, gif, tif, ppm or avif"
    others = [
        f"{number:,} {suffix}" for suffix, number in folders.common_suffixes(folder) if suffix
    ]
    but = f" (but {', '.join(others)})" if others else ""
    return f"the folder {target} holds no image file{but}; put {endings} there"


def unreadable(target: str, error: OSError) -> str:
    """Return the message for a folder that cannot be read."""
    return f"the folder {target} cannot be read ({error.strerror}); see to its rights"
