"""Whether a site may be written into a folder: asked before anything is rendered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from convatlas.errors import ForeignFolder
from convatlas.site.output.marker import MARKER, is_ours
from convatlas.site.output.tree import os_errors_explained

_PROBE = bytes(1 << 16)
"""What is written to find out whether anything can be."""


def check_folder(out: Path) -> None:
    """Check that ``out`` may hold the site and can be written, and leave nothing behind.

    The folder itself may be a link to a folder; links inside of it are never followed.

    Raises:
        ForeignFolder: it is not a folder, or holds files that are not ours.
        SiteError: it cannot be written, or the disk is full.
    """
    with os_errors_explained(out):
        _check_owner(out)
        existing = out
        while not os.path.lexists(existing):
            existing = existing.parent
        if not existing.is_dir():
            raise ForeignFolder(f"{existing} is no folder; name another one for the site")
        for folder in (existing, *(_folders(out) if existing == out else ())):
            with os_errors_explained(folder), TemporaryFile(dir=folder) as file:
                file.write(_PROBE)


def make_folder(out: Path) -> None:
    """Make the folder of a site.

    Raises:
        ForeignFolder: it is not a folder, or holds files that are not ours.
        SiteError: it cannot be made.
    """
    with os_errors_explained(out):
        _check_owner(out)
        out.mkdir(parents=True, exist_ok=True)


def _check_owner(out: Path) -> None:
    if out.is_symlink() and not out.exists():
        raise ForeignFolder(f"{out} is a link that leads nowhere; name a folder for the site")
    if out.exists() and not out.is_dir():
        raise ForeignFolder(f"{out} is a file; name a folder for the site")
    if not out.exists() or is_ours(out):
        return
    names = sorted(os.listdir(out))  # noqa: PTH208
    if MARKER in names:
        raise ForeignFolder(
            f"{out / MARKER} is not the marker that convatlas writes; "
            "remove it or name another folder for the site"
        )
    if foreign := [name for name in names if not name.startswith(".")]:
        raise ForeignFolder(
            f"{out} holds files that convatlas did not write, {foreign[0]} among them; "
            "empty it or name another folder for the site"
        )


def _folders(out: Path) -> Iterator[Path]:
    """Yield the folders directly in the site's folder, which another user may have written."""
    with os.scandir(out) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield out / entry.name
