"""What in the strongest images made a filter respond, drawn beside each of them."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.config.section import METHODS
from convatlas.lenses.attribution.entries import AttributionEntry
from convatlas.ui.fast_jinja import text

ROWS = METHODS
"""Where the sprites of the methods stand, one below the other; the style sheet tells the same."""


class Traces:
    """Draws what in the windows of one page made the filter answer, by one method at a time.

    The sprites of all methods stand in the page once, one below the other, and each tile shows one
    place of them. Which row of them is seen is up to the style sheet: it moves them.
    """

    def __init__(self, attribution: AttributionEntry | None, at: str = "") -> None:
        self.at = at and f"f{at}"  # names in SVG begin with a letter
        self.attribution = attribution
        known = attribution["methods"] if attribution else {}
        self.methods = [method for method in ROWS if method in known]
        self._defined = False

    def draw(self, place: int) -> str:
        """The tile of the image at this place among the strongest; nothing where it has none."""
        if self.attribution is None or place >= self.attribution["count"]:
            return ""
        height, width = self.attribution["tile"]
        inside = f'{self._sprites(self.attribution)}<use href="#{self.at}by"/>'
        view = f"{place * width} 0 {width} {height}"
        return f'<svg class="by" viewBox="{view}" aria-hidden=true>{inside}</svg>'

    def _sprites(self, attribution: AttributionEntry) -> str:
        """The definition of all sprites, the first time that it is asked for."""
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
