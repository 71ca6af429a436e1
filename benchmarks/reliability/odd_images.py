"""Images and logos that are damaged, hostile or odd are used, or left out with a reason.

python benchmarks/reliability/odd_images.py [TIMES]
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from campaign import Work, campaign, kept, sentence
from mutations import changed
from PIL import Image, features

from convatlas.config.picture_size import SHOWN, read_picture
from convatlas.images.files import picture_files, usable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.broken_image_files import broken_files
from support.odd_image_files import saved, usable_files

SVG = b"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg [<!ENTITY a "1">]>
<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160" viewBox="0 0 24 16">
<style>rect { fill: url(#g) }</style><rect x="&a;" width="9" height="9" style="fill: red"/></svg>
"""


class Memory(dict[str, object]):
    """A memo that forgets."""

    def put(self, key: str, value: object) -> None:
        """Forget a value."""


def whole() -> dict[str, bytes]:
    """Return sound files of each format."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "tif": "TIFF", "bmp": "BMP"}
    files = {f"a.{suffix}": saved(picture, kind) for suffix, kind in kinds.items()}
    files["deflated.tif"] = saved(picture, "TIFF", compression="tiff_deflate")
    files["progressive.jpg"] = saved(picture, "JPEG", progressive=True)
    files["alpha.png"] = saved(picture.convert("RGBA"), "PNG")
    if features.check("avif"):
        files["a.avif"] = saved(picture, "AVIF")
    return files | {"a.ppm": saved(picture, "PPM"), "a.svg": SVG}


def huge() -> dict[str, bytes]:
    """Return small files of many pixels."""
    side = 9400
    return {
        "huge.png": saved(Image.new("RGBA", (side, side)), "PNG"),
        "huge-grey.png": saved(Image.fromarray(np.zeros((side, side), np.uint16)), "PNG"),
        "huge.gif": saved(Image.new("P", (side, side)), "GIF"),
        "huge.jpg": saved(Image.new("L", (side, side)), "JPEG"),
        "huge.webp": saved(Image.new("RGB", (9400, 9400)), "WEBP", lossless=True, method=0),
        "huge.tif": saved(Image.new("CMYK", (side, side)), "TIFF", compression="tiff_deflate"),
    }


def tried(file: Path) -> str:
    """Open a file as an image of a set and as a picture of a page, and return what is wrong."""
    found, left_out = picture_files(file.parent)
    kept_files, unusable = usable(file.parent, found, Memory())
    faults = [sentence(reason, 300) for _, reason in [*left_out, *unusable]]
    if not kept_files and not left_out and not unusable and file.suffix != ".svg":
        faults.append("neither used nor left out")
    if file.suffix in SHOWN:
        try:
            read_picture(file)
        except ValueError as error:
            faults.append(sentence(str(error), 300))
    return "; ".join(filter(None, faults))


def inputs(times: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Yield odd files and bombs, then changed ones, each in a folder of its own."""
    odd = {name: each.data for name, each in broken_files().items()}
    odd |= {name: each.data for name, each in usable_files().items()}
    made, sound = list((odd | (huge() if times >= 100 else {})).items()), list(whole().items())
    made = made[:: max(1, len(made) * 2 // times)]
    for number in range(times):
        name, data = made[number] if number < len(made) else sound[number % len(sound)]
        if number >= len(made):
            data = changed(data, random.Random(number))
        place = folder / str(number)
        place.mkdir()
        yield f"number {number}, {name}", partial(tried, kept(place, Path(name).name, data))


def main(times: int = 350) -> None:
    """Try odd and changed images."""
    with tempfile.TemporaryDirectory(prefix="odd-images-") as name:
        campaign("odd, damaged and huge images", inputs(times, Path(name)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
