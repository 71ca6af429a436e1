"""A person's own files in the output folder, which ``site: {keep: [...]}`` names."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Kept:
    """Patterns of files and folders below the output folder; a folder is kept with all it holds."""

    patterns: tuple[str, ...] = ()

    def __contains__(self, path: str) -> bool:
        """Return whether a pattern matches the path, or a folder above it."""
        while self.patterns and path:
            if any(fnmatchcase(path, pattern.rstrip("/")) for pattern in self.patterns):
                return True
            path = posixpath.dirname(path)
        return False


NOTHING_KEPT = Kept()
