"""Files of a folder that are pictures, but of a kind that is not read."""

from __future__ import annotations

import importlib.util
import os

READS_HEIC = importlib.util.find_spec("pillow_heif") is not None
"""Whether Pillow's plugin for HEIC is installed."""

HEIC = "a picture in HEIC; install pillow-heif, or convert it to JPEG"
_KINDS = {
    ".jxl": "a picture in JPEG XL; convert it to PNG",
    ".jp2 .j2k .jpf .jpx": "a picture in JPEG 2000; convert it to PNG",
    ".svg .svgz": "a drawing in SVG; convert it to PNG",
    ".psd .psb": "a Photoshop document; convert it to PNG",
    ".xcf": "a GIMP document; convert it to PNG",
    ".tga": "a picture in TGA; convert it to PNG",
    ".exr .hdr": "a picture with a high dynamic range; convert it to 8 bits, as PNG",
    ".dcm .dicom": "a medical image in DICOM; convert it to PNG",
    ".dng .raw .cr2 .cr3 .nef .arw .orf .rw2 .raf": "a camera's raw file; convert it to JPEG",
    **({} if READS_HEIC else {".heic .heif .hif": HEIC}),
}
_BY_SUFFIX = {suffix: what for suffixes, what in _KINDS.items() for suffix in suffixes.split()}
_BEGINNINGS = {
    b"\xff\xd8\xff": ("JPEG", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("PNG", "png"),
    b"GIF8": ("GIF", "gif"),
    b"II*\x00": ("TIFF", "tif"),
    b"MM\x00*": ("TIFF", "tif"),
}


def other_picture(entry: os.DirEntry[str], suffix: str) -> str | None:
    """Say what kind of picture a file is that is not read, and what to do; None if it is none.

    A file without a suffix is a picture if it begins like one.
    """
    if suffix:
        return _BY_SUFFIX.get(suffix)
    try:
        start = _start(entry)
    except OSError:
        return None
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return f"a WebP without an ending; name it {entry.name}.webp"
    for beginning, (name, ending) in _BEGINNINGS.items():
        if start.startswith(beginning):
            return f"a {name} without an ending; name it {entry.name}.{ending}"
    return None


def _start(entry: os.DirEntry[str]) -> bytes:
    """Return the first bytes of a file; none of a pipe or a device, which may never answer."""
    if not entry.is_file():
        return b""
    with open(entry.path, "rb") as file:  # noqa: PTH123  (speed)
        return file.read(12)
