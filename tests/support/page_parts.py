"""Parts of a page."""

from __future__ import annotations

import re


def part(page: str, id: str) -> str:
    """The section of a page that ``id`` names; nothing where there is none."""
    found = re.search(rf'<section[^>]* (?:id|aria-labelledby)="{id}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""
