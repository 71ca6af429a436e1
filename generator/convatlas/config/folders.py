"""The image files of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

_SUFFIXES = ".avif .bmp .gif .jfif .jpe .jpeg .jpg .pbm .pgm .png .pnm .ppm .tif .tiff .webp"
IMAGE_SUFFIXES = frozenset(_SUFFIXES.split())
"""Files with other endings are passed over in silence."""


def image_names(folder: Path) -> list[str]:
    """The image files below a folder, as sorted relative paths with ``/`` between their parts.

    Links are followed, but no folder is entered from within itself. Hidden files and folders are
    passed over.

    Raises:
        OSError: the folder, or one below it, cannot be read.
    """
    return sorted(_walk(folder, "", frozenset()))


def has_images(folder: Path) -> bool:
    """Whether a single image file is below a folder.

    Raises:
        OSError: a folder cannot be read.
    """
    return next(_walk(folder, "", frozenset()), None) is not None


def _walk(folder: Path, prefix: str, above: frozenset[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir(), entry.is_file()) for entry in entries)
    for name, is_folder, is_file in found:
        if name.startswith("."):
            continue
        if is_folder:
            yield from _walk(folder / name, f"{prefix}{name}/", above | {real})
        elif is_file and PurePath(name).suffix.lower() in IMAGE_SUFFIXES:
            yield prefix + name
