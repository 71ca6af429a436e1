"""Draw tiles of one sprite on a page that has the sprite only once."""

from __future__ import annotations

import re

from markupsafe import Markup

_IMAGE = re.compile(r"<image( [^>]*/>)")


class DrawnOnce:
    """The pictures that a page has already; tiles of one sprite refer to the first one's."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def once(self, tile: Markup) -> str:
        """Return a tile as HTML, with a reference in place of a picture that the page has."""
        text = str(tile)
        found = _IMAGE.search(text)
        if found is None:
            return text
        picture, known = found[1], self._ids.get(found[1])
        self._ids.setdefault(picture, f"s{len(self._ids)}")
        here = f'<use href="#{known}"/>' if known else f'<image id="{self._ids[picture]}"{picture}'
        return text[: found.start()] + here + text[found.end() :]
