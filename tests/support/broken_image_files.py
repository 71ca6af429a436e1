"""The bytes of files that bear the name of a picture and cannot be used, with the reasons."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import NamedTuple

import numpy as np
from PIL import Image

from support.odd_image_files import chunk, line, png, saved, tags


class Broken(NamedTuple):
    """A file that cannot be used, and a pattern of the reason."""

    data: bytes
    reason: str


def broken_files() -> dict[str, Broken]:
    """Files that cannot be used, by name; no two have the same content."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    jpeg, whole, webp, gif, tiff = (
        saved(picture, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF")
    )
    found = {
        f"cut-{share}.{name}": Broken(data[: len(data) * share // 100], r"damaged|truncated")
        for name, data in (("jpg", jpeg), ("png", whole), ("webp", webp), ("tif", tiff))
        for share in (20, 50, 90)
    }
    found["cut-60.gif"] = Broken(gif[: len(gif) * 60 // 100], "damaged")
    return (
        found
        | _strangers()
        | _bombs()
        | _ranges()
        | {
            "head.jpg": Broken(jpeg[:3], "damaged: its beginning"),
            "head.png": Broken(whole[:20], "damaged"),
            "head.gif": Broken(b"GIF89a", "damaged"),
            "broken-pixels.png": Broken(whole[:60] + bytes(20) + whole[80:], "damaged"),
            "broken-checksum.png": Broken(
                whole[:33] + chunk(b"tEXt", b"a\0b", crc=7) + whole[33:], "damaged"
            ),
            "no-width.png": Broken(png((0, 5), 8, 2, [b""]), "not a single pixel|damaged"),
            "no-height.png": Broken(png((5, 0), 8, 2, []), "not a single pixel|damaged"),
            "no-size.pgm": Broken(b"P5 0 0 255\n", "not a picture|damaged"),
            "no-size.gif": Broken(b"GIF89a" + bytes(7) + b",", "damaged|not a single pixel"),
            "sliver.png": Broken(
                saved(line(1, 5000), "PNG"), "1 x 5000: one side is more than 100"
            ),
            "lying-sliver.png": Broken(saved(line(5000, 1), "PNG"), "5000 x 1: one side"),
        }
    )


def _strangers() -> dict[str, Broken]:
    pack = io.BytesIO()
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("a.jpg", b"x")
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    heic = b"\0\0\0\x18ftypheic" + bytes(12)
    return {
        "empty.jpg": Broken(b"", "the file is empty"),
        "text.jpg": Broken(b"hello", "not a picture in JPEG"),
        "page.png": Broken(b"\n<!DOCTYPE html><html></html>", "a web page"),
        "page.jpg": Broken(b"<html></html>", "a web page"),
        "pack.jpg": Broken(pack.getvalue(), "a zip archive"),
        "pointer.png": Broken(lfs, "a Git LFS pointer"),
        "annex.jpg": Broken(b"/annex/objects/SHA256E-s9--00.jpg\n", "a git-annex pointer"),
        "drawing.png": Broken(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a drawing in SVG"),
        "document.jpg": Broken(b"%PDF-1.7\n", "a PDF document"),
        "program.png": Broken(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        "phone.jpg": Broken(heic, "HEIC"),
        "zeros.jpg": Broken(bytes(5000), "nothing but zeros"),
        "bitmap.jpg": Broken(b"#define im_width 8\n#define im_height 1\n", "not a picture in JPEG"),
    }


def _bombs() -> dict[str, Broken]:
    small = saved(Image.new("L", (8, 8)), "JPEG")
    frame = small.index(b"\xff\xc0") + 5
    huge = small[:frame] + struct.pack(">HH", 65500, 65500) + small[frame + 4 :]
    bmp = saved(Image.new("L", (8, 8)), "BMP")
    bmp = bmp[:18] + struct.pack("<ii", 40000, 40000) + bmp[26:]
    gif = (
        b"GIF89a"
        + struct.pack("<HH", 65535, 65535)
        + b"\0\0\0,"
        + bytes(4)
        + b"\xff" * 4
        + b"\0\x08\x01\x01\0;"
    )
    tall = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(20_000_000)))
    return {
        "bomb.pgm": Broken(b"P5 20000 20000 255\n", "more than .* pixels"),
        "bomb.png": Broken(png((60000, 60000), 8, 2, [b""]), "more than .* pixels"),
        "small-bomb.png": Broken(
            png((9500, 9500), 8, 2, [b""]), "9500 x 9500: more than .* pixels"
        ),
        "bomb.jpg": Broken(huge, "more than .* pixels"),
        "bomb.bmp": Broken(bmp, "more than .* pixels"),
        "bomb.gif": Broken(gif, "more than .* pixels"),
        "bomb.tif": Broken(b"MM\0*\0\0\0\x08" + tags(60000, 60000, 8), "more than .* pixels"),
        "remark-bomb.png": Broken(png((1, 1), 8, 0, [b"\7"], tall), "damaged: .*too large"),
    }


def _ranges() -> dict[str, Broken]:
    return {
        "float.tif": Broken(saved(Image.new("F", (4, 4)), "TIFF"), "floating-point values"),
        "float.ppm": Broken(
            b"Pf\n1 1\n-1.0\n" + struct.pack("<f", 0.5), "floating-point|not a pic"
        ),
        "integers.tif": Broken(saved(Image.new("I", (4, 4), 1 << 20), "TIFF"), "32-bit integers"),
        "small-integers.tif": Broken(saved(Image.new("I", (4, 4), 9), "TIFF"), "32-bit integers"),
    }
