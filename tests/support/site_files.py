"""The files of a built site."""

from __future__ import annotations

import hashlib
from pathlib import Path


def contents(site: Path) -> dict[str, str]:
    """The digest of every file of a site but its marker, by path."""
    return {
        str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name != ".convatlas-site"
    }
