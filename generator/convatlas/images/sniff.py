"""Identify files that have the suffix of a picture but are none."""

from __future__ import annotations

from convatlas.config.other_pictures import HEIC, READS_HEIC
from convatlas.config.stand_ins import stand_in

_BEGINNINGS = {
    b"<svg": "a drawing in SVG; convert it to PNG",
    b"<?xml": "XML, perhaps a drawing; convert it to PNG",
    b"pk\x03\x04": "a zip archive; unpack it",
    b"%pdf": "a PDF document; convert it to PNG",
    b"%!ps": "a PostScript document; convert it to PNG",
    b"\x89png": "damaged: its beginning cannot be read",
    b"\xff\xd8\xff": "damaged: its beginning cannot be read",
    b"gif8": "damaged: its beginning cannot be read",
    b"riff": "damaged: its beginning cannot be read",
}
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1")


def stranger(data: bytes) -> str:
    """Say in a few words what a file is that no decoder accepts, and what to do about it."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "damaged: no HEIC that can be read" if READS_HEIC else HEIC
    if what := stand_in(data):
        return what
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginning, what in _BEGINNINGS.items():
        if start.startswith(beginning):
            return what
    if not any(data[: 1 << 16]):
        return "not a picture: nothing but zeros"
    return "not a picture in JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or PPM"
