"""Whether an output folder is as the last complete build left it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from convatlas.site.output.marker import MARKER, Marker
from convatlas.site.output.tree import ExistingFile, listing


def is_as_published(out: Path, marker: Marker, existing: Mapping[str, ExistingFile]) -> bool:
    """Return whether names and sizes agree, and no file has changed since the marker was written.

    Args:
        out: the folder.
        marker: its marker.
        existing: the files in it, except those that the marker keeps.
    """
    published = (out / MARKER).lstat().st_mtime_ns
    if any(file.changed > published for file in existing.values()):
        return False
    return marker.listing == listing({path: file.size for path, file in existing.items()})
