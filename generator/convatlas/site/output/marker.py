"""The marker of an output folder: whose folder it is, and what a complete build left in it."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from convatlas.site.output.tree import os_errors_explained
from convatlas.site.output.write_file import write_file

MARKER = ".convatlas-site"
"""The file that marks a folder as ours."""

_SAYS = b"convatlas writes this folder, and removes from it what it did not write.\n"


@dataclass(frozen=True)
class Marker:
    """What the last complete build published."""

    origin: str
    """A digest of everything that the site depends on."""
    listing: str
    """A digest of the names and sizes of all its files."""
    keep: tuple[str, ...]
    """Patterns of a person's own files in the folder, which are not the site's."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """By path, the ``short`` digest of each file whose name does not contain its digest."""

    def write(self, out: Path) -> None:
        """Write the marker of a folder; the same site has the same marker."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()
        with os_errors_explained(out / MARKER):
            write_file(str(out / MARKER), _SAYS + text + b"\n" + _seal(text) + b"\n")


def read_marker(out: Path) -> Marker | None:
    """Return the marker of a folder.

    Returns:
        None if no build of this version was completed there, or if the marker is damaged.
    """
    with os_errors_explained(out / MARKER, "read"):
        if not is_ours(out):
            return None
        text, _, seal = (out / MARKER).read_bytes().removeprefix(_SAYS).partition(b"\n")
    if seal != _seal(text) + b"\n":
        return None
    value = json.loads(text)
    return Marker(value["origin"], value["listing"], tuple(value["keep"]), value["digests"])


def _seal(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def claim(out: Path) -> None:
    """Mark a folder as ours before anything is written, so that a killed build can go on."""
    if not is_ours(out):
        with os_errors_explained(out / MARKER):
            write_file(str(out / MARKER), b"")


def is_ours(out: Path) -> bool:
    """Return whether a folder has our marker: a regular file, never a link to one.

    An empty one was left by a build that was killed.

    Raises:
        OSError: it cannot be read.
    """
    try:
        facts = (out / MARKER).lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(facts.st_mode):
        return False
    with (out / MARKER).open("rb") as file:
        return file.read(len(_SAYS)) in (b"", _SAYS)
