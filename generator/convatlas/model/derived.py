"""The shapes of the records that are derived from others, and how to read them."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordOf

SPRITES = "sprites"
"""The lens that sprites bear; their items are the names of the views."""

NEIGHBOURS = "neighbours"
"""The lens that the records of neighbours bear, and their item: one for each layer."""

ORDER = "order"
"""The lens that the records of a layer's order bear, and their item."""

COMPARISON = "comparison"
"""The lens that the records of comparisons bear; they stand with the network before, without a
layer, and their item is the name of the network after."""

SHARE_CARDS = "social"
"""The lens that share cards bear; their items are "home", "network" and "layer"."""


Where = Literal["layer", "network", "atlas"]
"""Where a neighbour is: in the same layer, in another of the network, or in another network."""

Near = tuple[str, str, int, float, Where]
"""A neighbour: its network, layer and index, the correlation with it, and where it is."""


class SpriteData(TypedDict):
    """The filters of a layer as small tiles; the pictures "0", "1", ... hold 256 each."""

    tile: int
    """Side of a tile, in pixels."""
    columns: int
    """Tiles in a row."""
    count: int
    """Tiles in all pictures."""
    hues: dict[str, int | None]
    """By index of the filter, the hue of its tile in degrees; None where it is grey."""


Twin = tuple[str, str, int, float]
"""A filter of another network: its network, layer and index, and the correlation with it."""


class NeighboursData(TypedDict):
    """Which filters respond to the same images as those of one layer."""

    nearest: dict[str, list[Near]]
    """By index of the filter: five in each place at most, of each place the nearest first."""
    duplicates: list[tuple[int, int, float]]
    """(index, index, correlation) of pairs in the layer."""
    twins: NotRequired[dict[str, list[Twin]]]
    """By index of the filter, the most similar filter of each other network that saw the images;
    only if there is another one."""


class OrderData(TypedDict):
    """An order of a layer in which filters that respond alike stand together."""

    order: list[int]
    """Indices; without filters that are constant or have no sketch."""


class LayerComparisonData(TypedDict):
    """A layer before and the one after that it is compared with; lists have an entry a pair."""

    before: str  # its name
    after: str
    unchanged: bool  # by what the responses are made from; then the lists are empty
    filters: list[tuple[int, int]]  # index before, index after
    correlation: list[float | None]  # of the highest responses to images; None if one is constant
    cosine: list[float | None]  # of the folded kernels
    norm: list[float | None]  # of the kernel after over that before
    mutual: list[bool] | None  # whether each is the other's nearest; None if paired by index
    cka: float | None  # debiased linear CKA of the highest responses


class ComparisonData(TypedDict):
    """Two networks that saw the same images."""

    layers: list[LayerComparisonData]  # in the order of the network before
    images: int  # that correlations are over; 0 if no layer has changed


def read_sprite(records: RecordIndex, layer: str, view: str) -> RecordOf[SpriteData] | None:
    """Return the sprite of a layer that shows this view."""
    return cast("RecordOf[SpriteData] | None", records.first(SPRITES, layer, view))


def read_neighbours(records: RecordIndex, layer: str) -> NeighboursData | None:
    """Return the neighbours of a layer's filters."""
    record = records.first(NEIGHBOURS, layer, NEIGHBOURS)
    return cast("NeighboursData", record.data) if record else None


def read_order(records: RecordIndex, layer: str) -> list[int] | None:
    """Return the order of a layer, as indices."""
    record = records.first(ORDER, layer, ORDER)
    return cast("OrderData", record.data)["order"] if record else None


def read_share_card(records: RecordIndex, layer: str | None, item: str) -> Picture | None:
    """Return the card of the home page, of a network (both without a layer), or of a layer."""
    record = records.first(SHARE_CARDS, layer, item)
    return record.pictures["picture"] if record else None


def read_comparison(records: RecordIndex, after: str) -> ComparisonData | None:
    """Return the comparison of the records' network with the one of this name, which is after."""
    record = records.first(COMPARISON, None, after)
    return cast("ComparisonData", record.data) if record else None
