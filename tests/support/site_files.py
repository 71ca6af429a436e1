"""The files of a built site."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from convatlas.model.columns import objects


def contents(site: Path) -> dict[str, str]:
    """The digest of every file of a site but its marker, by path."""
    return {
        str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name != ".convatlas-site"
    }


def layer_file(file: Path) -> dict[str, Any]:
    """What a ``layer.json`` says, with each filter as an object."""
    return read_layer(file.read_bytes())


def read_layer(content: str | bytes) -> dict[str, Any]:
    """What the text of a ``layer.json`` says, with each filter as an object."""
    told: dict[str, Any] = json.loads(content)
    return {**told, "filters": objects(told["filters"], told["count"])}
