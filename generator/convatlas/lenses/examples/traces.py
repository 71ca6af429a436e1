"""The attributions of the strongest images as SVG, which are drawn next to each image."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.config.section import METHODS
from convatlas.lenses.attribution.entries import AttributionEntry
from convatlas.ui.fast_jinja import text

ROWS = METHODS
"""The methods in the order of their sprites, from top to bottom; the style sheet relies on it."""


class Traces:
    """Draws the attributions of one page, by one method at a time.

    The page contains the sprites of all methods once, one below the other, and each tile shows one
    column. The style sheet selects the row by moving the sprites.
    """

    def __init__(self, attribution: AttributionEntry | None, at: str = "") -> None:
        self.at = at and f"f{at}"  # because ids in SVG begin with a letter
        self.attribution = attribution
        known = attribution["methods"] if attribution else {}
        self.methods = [method for method in ROWS if method in known]
        self._defined = False

    def draw(self, place: int) -> str:
        """Return the tile of the image at this place among the strongest; "" if it has none."""
        if self.attribution is None or place >= self.attribution["count"]:
            return ""
        height, width = self.attribution["tile"]
        inside = f'{self._sprites(self.attribution)}<use href="#{self.at}by"/>'
        view = f"{place * width} 0 {width} {height}"
        return f'<svg class="by" viewBox="{view}" role=none>{inside}</svg>'

    def _sprites(self, attribution: AttributionEntry) -> str:
        """Return the definition of all sprites on its first use, and "" later."""
        if self._defined:
            return ""
        self._defined = True
        return f'<defs><g id="{self.at}by">{"".join(self._rows(attribution))}</g></defs>'

    def _rows(self, attribution: AttributionEntry) -> Iterator[str]:
        height, width = attribution["tile"]
        size = f'width="{width * attribution["count"]}" height="{height}"'
        for row, method in enumerate(ROWS):
            if method in self.methods:
                file = text(attribution["methods"][method]["picture"]["file"])
                top = f' y="{row * height}"' if row else ""
                yield f'<image href="{file}"{top} {size}/>'
