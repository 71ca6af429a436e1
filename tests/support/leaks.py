"""What of an image set can be found in a site: names, digests, and pixels in any picture."""

from __future__ import annotations

import hashlib
import html
import io
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 48
"""Side that the set's images are looked at in."""
THUMB = 8
"""Side of the thumbnails that are compared."""
ALIKE = 0.85
"""Correlation of two thumbnails [8, 8, 3] above which they show the same."""
SMALLEST = 12
"""A picture with a shorter side has not enough in it to be told from another."""

Thumbs = NDArray[np.float32]


def texts(folder: Path) -> dict[str, bytes]:
    """What nobody may find of each file of a set, as it might be written."""
    found = {}
    for file in folder.rglob("*.*"):
        name = file.relative_to(folder).as_posix()
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        for text in (name, file.name, file.stem, digest[:12], digest):
            for spelled in (text, html.escape(text), urllib.parse.quote(text)):
                found[spelled] = spelled.encode()
    return found


def mentions(site: Path, folder: Path) -> list[str]:
    """Files of the site that name an image of the set, with what they say; paths count too."""
    wanted, found = texts(folder), []
    for file in (each for each in site.rglob("*") if each.is_file()):
        content = str(file.relative_to(site)).encode() + b"\n" + file.read_bytes()
        found += [f"{file.relative_to(site)}: {t}" for t, data in wanted.items() if data in content]
    return found


class Album:
    """The images of a set, ready to be found again in other pictures, whole or in part."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)
        parts, owners = [], []
        for number, file in enumerate(self.files):
            with Image.open(file) as image:
                picture = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            for side in (SIDE, 42, 36, 30, 24, 18):
                windows = list(_windows(picture, side, 1))
                parts += windows
                owners += [number] * len(windows)
        self.thumbs, self.owners = np.stack(parts), np.array(owners)

    def of(self, picture: Image.Image) -> tuple[float, Path]:
        """The best correlation of any window of a picture with any of the set, and whose it is."""
        sides = {min(picture.size), 72, 48, 36, 24, 16}
        parts = [
            window
            for side in sides
            if SMALLEST <= side <= min(picture.size)
            for window in _windows(picture, side, max(1, side // 4))
        ]
        if not parts:
            return 0.0, self.files[0]
        alike = np.stack(parts) @ self.thumbs.T
        best = int(alike.max(0).argmax())
        return float(alike.max()), self.files[self.owners[best]]


def _windows(picture: Image.Image, side: int, step: int) -> Iterator[Thumbs]:
    """Thumbnails of all square windows that are not plain, of mean 0 and length 1."""
    for top in range(0, picture.height - side + 1, step):
        for left in range(0, picture.width - side + 1, step):
            area = (left, top, left + side, top + side)
            small = picture.resize((THUMB, THUMB), Image.Resampling.BOX, area)
            values = np.asarray(small, np.float32).ravel()
            values = values - values.mean()
            length = np.linalg.norm(values)
            if length > THUMB * THUMB:
                yield values / length


def pictures(site: Path) -> Iterator[tuple[str, Image.Image]]:
    """Every file of the site that is a picture, whatever it is called, on black."""
    for file in sorted(each for each in site.rglob("*") if each.is_file()):
        try:
            image = Image.open(io.BytesIO(file.read_bytes()))
            whole = image.convert("RGBA")
        except OSError:
            continue
        black = Image.new("RGBA", whole.size, (0, 0, 0, 255))
        yield str(file.relative_to(site)), Image.alpha_composite(black, whole).convert("RGB")


def sightings(site: Path, album: Album) -> dict[str, tuple[float, Path]]:
    """The pictures of the site that show an image of the set, or a part of one."""
    looked = {name: album.of(picture) for name, picture in pictures(site)}
    return {name: found for name, found in looked.items() if found[0] > ALIKE}
