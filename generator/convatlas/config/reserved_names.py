"""The names that the site keeps for itself."""

from __future__ import annotations

_PAGES = ("images", "probes", "hypotheses", "compare", "edits", "search", "about", "help")
RESERVED = frozenset((*_PAGES, "static", "data", "404"))
"""Names that a network cannot have because the site uses them in its URLs."""
