"""The image files in a folder."""

from __future__ import annotations

import os
import stat
from collections import Counter, deque
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from convatlas.config.other_pictures import READS_HEIC, other_picture

_SUFFIXES = ".avif .bmp .gif .jfif .jpe .jpeg .jpg .pbm .pgm .png .pnm .ppm .tif .tiff .webp"
IMAGE_SUFFIXES = frozenset(
    [*_SUFFIXES.split(), *([".heic", ".heif", ".hif"] if READS_HEIC else [])]
)
"""Files with other suffixes are ignored, or are pictures of a kind that is not read."""


class Found(NamedTuple):
    """A file that has an image suffix or is another picture, or a folder that cannot be read."""

    name: str
    """Path relative to the folder, with ``/`` as separator; that of a folder ends with a slash."""
    stamp: tuple[int, ...] = ()
    """Size in bytes, then modification time and change time (ctime) in nanoseconds."""
    trouble: str = ""
    """Why it cannot be read, if that is already known."""


def image_files(folder: Path) -> list[Found]:
    """Return the image files below a folder, sorted by name.

    Symbolic links are followed, but each folder is entered only once, and through its own path
    rather than through a link. Hidden files and folders are skipped. Anything else that has an
    image suffix, such as a broken link or a pipe, is returned with its ``trouble``, and so are
    pictures of a kind that is not read, unless a readable one of the same stem lies beside them.

    Raises:
        OSError: the folder itself cannot be read.
    """
    return sorted(_walk(folder))


def has_images(folder: Path) -> bool:
    """Return whether there is at least one image file below a folder.

    Raises:
        OSError: the folder itself cannot be read.
    """
    return next(_walk(folder), None) is not None


def common_suffixes(folder: Path, most: int = 3) -> list[tuple[str, int]]:
    """Return the most common suffixes of the visible files below a folder, with their numbers."""
    counts = Counter[str]()
    for _, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".")]
        counts.update(Path(name).suffix.lower() for name in files if not name.startswith("."))
    return counts.most_common(most)


def _walk(root: Path) -> Iterator[Found]:
    waiting, entered = deque([""]), set[tuple[int, int]]()
    while waiting:
        prefix = waiting.popleft()
        try:
            entries = _entries(f"{root}/{prefix}", entered)
        except OSError as error:
            if not prefix:
                raise
            yield Found(prefix, trouble=f"the folder cannot be read ({error.strerror})")
            continue
        stems = {stem for stem, suffix in map(_split, entries) if suffix in IMAGE_SUFFIXES}
        for entry in entries:
            name, (stem, suffix) = prefix + entry.name, _split(entry)
            if not _is_folder(entry):
                if suffix in IMAGE_SUFFIXES:
                    yield _examine(entry, name)
                elif stem not in stems and (what := other_picture(entry, suffix)):
                    yield Found(name, trouble=what)
            elif entry.is_symlink():
                waiting.append(f"{name}/")
            else:
                waiting.appendleft(f"{name}/")


def _entries(path: str, entered: set[tuple[int, int]]) -> list[os.DirEntry[str]]:
    """Return the visible entries of a folder, sorted by name; none if it was entered before."""
    status = os.stat(path)  # noqa: PTH116  (the path need not be taken apart)
    place = status.st_dev, status.st_ino
    if place in entered:
        return []
    entered.add(place)
    with os.scandir(path) as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(seen, key=attrgetter("name"))


def _split(entry: os.DirEntry[str]) -> tuple[str, str]:
    """Return a name's stem and its suffix in lower case."""
    stem, suffix = os.path.splitext(entry.name)  # noqa: PTH122  (speed)
    return stem, suffix.lower()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _examine(entry: os.DirEntry[str], name: str) -> Found:
    try:
        status = entry.stat()
    except OSError as error:
        what = "a link that leads nowhere" if entry.is_symlink() else "cannot be read"
        return Found(name, trouble=f"{what} ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return Found(name, trouble="neither a file nor a folder")
    return Found(name, (status.st_size, status.st_mtime_ns, status.st_ctime_ns))
