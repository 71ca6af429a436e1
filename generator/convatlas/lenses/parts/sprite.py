"""A lens's view of a filter as a tile in a sprite of its layer."""

from __future__ import annotations

from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.record_index import RecordIndex

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""

Cut = tuple[str, Box | None]
"""The digest of a picture, and the part of it that is shown; None for the whole picture."""


class SpriteView:
    """A view of a layer's filters as tiles, each of which is cut out of a picture of its filter."""

    name: str
    """The name of the view in the manifest and the store."""
    place: int
    """Of all views that have a filter's hue, the one with the lowest place determines it."""
    lossless: bool = False
    """Whether the sprite must keep every pixel, for instance because pictures are tiny."""
    shareable: bool = False
    """Whether its pictures may be on the cards that other sites show, unlike images of a set.

    Its tiles must then be whole pictures."""

    def cut(
        self, network: NetworkFacts, records: RecordIndex, layer: Layer, index: int
    ) -> Cut | None:
        """Return the part of a picture that a filter's tile shows; None if there is none."""
        raise NotImplementedError

    def has_hue(self, records: RecordIndex, layer: str, index: int) -> bool:
        """Return whether the hue of the tile indicates the colour that the filter looks for."""
        return False
