"""The formats that pictures are published in; one that is added here is known everywhere."""

from __future__ import annotations

from convatlas.images.codecs.avif import AVIF
from convatlas.images.codecs.format import Format
from convatlas.images.codecs.jpeg import JPEG
from convatlas.images.codecs.webp import WEBP

FORMATS: dict[str, Format] = {format.suffix: format for format in (WEBP, AVIF, JPEG)}
"""By what the names of their files end in."""


def format_named(path: str) -> Format | None:
    """Return the format of a published picture by its file's name; None for any other file."""
    return FORMATS.get(path.rpartition(".")[2])


def media_type(path: str) -> str:
    """Return the media type of a published picture: "image/webp".

    Raises:
        KeyError: the file's name ends as that of no known format.
    """
    return FORMATS[path.rpartition(".")[2]].media_type


def format_of(head: bytes) -> Format | None:
    """Return the format of a file by its first twelve bytes or more; None for any other file."""
    return next((format for format in FORMATS.values() if format.begins.match(head)), None)
