"""A lens's view of a filter as a tile in a sprite of its layer."""

from __future__ import annotations

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Layer, NetworkFacts

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""

Cut = tuple[str, Box | None]
"""The digest of a picture, and what of it is shown; None for all."""


class SpriteView:
    """What the tiles of a layer may show: each is cut out of a picture of the filter's."""

    name: str
    """What the manifest and the store call the view."""
    place: int
    """Of all views that tell a filter's hue, the one with the lowest place is asked."""
    lossless: bool = False
    """Whether the sprite has to keep every pixel, as of pictures that are a few pixels large."""
    shareable: bool = False
    """Whether its pictures may stand on the cards that other sites show, which no image of a set
    does. Tiles are whole pictures then."""

    def cut(
        self, network: NetworkFacts, records: RecordIndex, layer: Layer, index: int
    ) -> Cut | None:
        """Return what the tile of a filter shows; None if there is nothing."""
        raise NotImplementedError

    def has_hue(self, records: RecordIndex, layer: str, index: int) -> bool:
        """Return whether the hue of the tile says what colour the filter looks for."""
        return False
