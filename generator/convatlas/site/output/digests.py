"""How a file of the site proves its content: by its name, or by the list in the marker."""

from __future__ import annotations

import re

_TEXTS = "html|json|js|css|csv|xml"
_IN_NAME = re.compile(rf"(?:^|[-/])([0-9a-f]{{8}}|[0-9a-f]{{12}})\.(?!{_TEXTS})[a-z0-9]+$")


def short(digest: str) -> str:
    """Return as much of a file's SHA-256 as the list holds: 16 digits, for a site of 1 GB."""
    return digest[:16]


def in_name(path: str) -> str:
    """Return the digits of a SHA-256 that a picture's name contains, or an empty string."""
    found = _IN_NAME.search(path)
    return found[1] if found else ""


def is_proved_by_name(path: str, digest: str) -> bool:
    """Return whether a file's name contains the beginning of its SHA-256."""
    digits = in_name(path)
    return bool(digits) and digest.startswith(digits)
