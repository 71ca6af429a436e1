"""Names as path segments; nothing else turns names into paths."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence

LONGEST = 80
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def slugs(names: Sequence[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """Return a path segment of ``[A-Za-z0-9._@-]`` for each name, unique even if case is ignored.

    Names are kept if possible. A short digest of the name is appended to names that collide or are
    ``reserved``, that Windows reserves for devices, that start or end with a dot, or that are too
    long. So a name's slug does not depend on the order of the names.
    """
    taken = {name.casefold() for name in reserved}
    lengths = dict.fromkeys(names, 0)
    while True:
        result = {name: _slug(name, length) for name, length in lengths.items()}
        counts = Counter(slug.casefold() for slug in result.values())
        clashing = [
            name
            for name, slug in result.items()
            if counts[slug.casefold()] > 1 or slug.casefold() in taken
        ]
        if not clashing:
            return result
        for name in clashing:
            lengths[name] += 8


def _slug(name: str, length: int) -> str:
    """Return a name in allowed characters, with ``length`` digits of its digest, 8 if required."""
    plain = re.sub(r"[^A-Za-z0-9._@-]+", "-", name)
    fit = plain.strip(".") == plain and re.search(r"[A-Za-z0-9]", plain)
    if not length and fit and len(plain) <= LONGEST and not _DEVICE.match(plain):
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[: max(length, 8)]
    kept = plain.strip(".-")
    # Windows also treats "con.x" as the device, so its dots are replaced.
    kept = kept.replace(".", "-") if _DEVICE.match(kept) else kept
    return f"{kept[: LONGEST - 1 - len(digest)]}-{digest}".lstrip("-")
