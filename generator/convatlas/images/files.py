"""Picture files: which files of a folder can be used, and their pictures on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from convatlas.config.content import content
from convatlas.config.folders import image_files
from convatlas.errors import RenderError
from convatlas.images.decode import Undecodable, decode_file
from convatlas.images.scan import LARGEST, USABLE, Memo, Stamp, scan

LeftOut = list[tuple[str, str]]
"""Names of files that cannot be used, with the reasons."""


def picture_files(folder: Path) -> tuple[dict[str, Stamp], LeftOut]:
    """Return the image files of a folder with their stamps, sorted by name, and unusable ones.

    Raises:
        OSError: the folder itself cannot be read.
    """
    left_out, sound = LeftOut(), dict[str, Stamp]()
    for each in image_files(folder):
        if each.trouble or not _is_text(each.name):
            trouble = each.trouble or "the file's name is no valid Unicode"
            left_out.append((shown(each.name), trouble))
        else:
            sound[each.name] = each.stamp
    return sound, left_out


def usable(folder: Path, files: Mapping[str, Stamp], memo: Memo) -> tuple[dict[str, str], LeftOut]:
    """Return the names of the usable pictures by digest, each content once, and all other files."""
    kept, left_out = dict[str, str](), LeftOut()
    for name, scanned in scan(folder, files, memo).items():
        if scanned.verdict != USABLE:
            left_out.append((shown(name), scanned.verdict))
        elif scanned.digest in kept:
            left_out.append((shown(name), f"same content as {shown(kept[scanned.digest])}"))
        else:
            kept[scanned.digest] = name
    return kept, left_out


def read_again(file: Path, identity: str, title: str) -> Image.Image:
    """Decode a file, provided that the digest of its content still starts with ``identity``.

    Raises:
        RenderError: the file has been removed or changed; the message names it as ``title``.
    """
    try:
        data = content(file, LARGEST)
        if not hashlib.sha256(data).hexdigest().startswith(identity):
            raise RenderError(f"{title} has changed meanwhile; build again")
        return decode_file(data)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise RenderError(f"{title} {reason}; build again") from error
    except Undecodable as error:
        raise RenderError(f"{title} cannot be read: {error}") from error


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """Return a file's name on a single line, with unprintable and direction characters escaped."""
    if name.isprintable():
        return name
    kept = ("\u200c", "\u200d", "\u200e", "\u200f")  # joiners and direction marks
    return "".join(c if c.isprintable() or c in kept else ascii(c)[1:-1] for c in name)
