"""Picture files: which of a folder can be used, and what one shows when it is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from convatlas.config.folders import image_files
from convatlas.errors import RenderError
from convatlas.images.decode import Undecodable, decode_file
from convatlas.images.scan import USABLE, Memo, Stamp, scan

LeftOut = list[tuple[str, str]]
"""Names of files that cannot be used, and why."""


def picture_files(folder: Path) -> tuple[dict[str, Stamp], LeftOut]:
    """The image files of a folder, in order of name, and what only bears the name of one.

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
    """The names of the pictures by their content's digest, each content once; and the rest."""
    kept, left_out = dict[str, str](), LeftOut()
    for name, scanned in scan(folder, files, memo).items():
        if scanned.verdict != USABLE:
            left_out.append((shown(name), scanned.verdict))
        elif scanned.digest in kept:
            left_out.append((shown(name), f"same content as {shown(kept[scanned.digest])}"))
        else:
            kept[scanned.digest] = name
    return kept, left_out


def read_again(file: Path, identity: str, told: str) -> Image.Image:
    """The picture in a file, if it still has the content whose digest begins with ``identity``.

    Raises:
        RenderError: it has gone or changed; names the file as ``told``.
    """
    try:
        data = file.read_bytes()
        if not hashlib.sha256(data).hexdigest().startswith(identity):
            raise RenderError(f"{told} has changed meanwhile; build again")
        return decode_file(data)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise RenderError(f"{told} {reason}; build again") from error
    except Undecodable as error:
        raise RenderError(f"{told} cannot be read: {error}") from error


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """A file's name on a line of its own: what is no text, or moves about in it, as escapes."""
    if name.isprintable():
        return name
    kept = ("\u200c", "\u200d", "\u200e", "\u200f")  # joiners and marks of scripts and emoji
    return "".join(c if c.isprintable() or c in kept else ascii(c)[1:-1] for c in name)
