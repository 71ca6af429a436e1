"""The page of two networks that are compared: what changed, and in which layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

from convatlas.model.comparison import Comparison, LayerPair, Pair
from convatlas.model.manifest import Layer, Network
from convatlas.site import comparison_text
from convatlas.site.compared import Compared, PairTile, changed_layers, most_alike, most_changed
from convatlas.ui.page import Page, Site

FIRST = 24
"""Maximum number of pairs at the top, of all layers together."""
ALIKE = 12
"""Maximum number of pairs above them, where filters are matched by what they respond to."""
EACH = 6
"""Maximum number of pairs beside each layer."""
EAGER = 12
"""Pairs whose pictures load at once, as they may be in the first view."""


class LayerRow(NamedTuple):
    """A layer that has something to show, and its most changed pairs."""

    layers: LayerPair
    tiles: Sequence[PairTile]


class ComparisonContext(TypedDict):
    """The context of ``compare/index.html``, in addition to that of all pages."""

    told: Comparison
    sides: tuple[Network, Network]
    summary: Sequence[str]
    """Sentences on all that changed."""
    unchanged: str
    """A sentence on the layers that did not change, or ""."""
    alike: Sequence[PairTile]
    """The most alike pairs, one of a layer."""
    tiles: Sequence[PairTile]
    """The most changed pairs of all layers."""
    rows: Sequence[LayerRow]
    """The layers that changed, in the order of the network before."""
    unpaired: tuple[Sequence[Layer], Sequence[Layer]]
    """Layers without a partner, before and after."""


def comparison_pages(site: Site, comparison: Comparison) -> Iterator[Page]:
    """Yield the page of a comparison."""
    compared, tested = Compared(site, comparison), changed_layers(comparison)
    context: ComparisonContext = {
        "told": comparison,
        "sides": compared.networks,
        "summary": comparison_text.summary(comparison),
        "unchanged": comparison_text.unchanged(comparison),
        "alike": _tiles(compared, most_alike(comparison, ALIKE)),
        "tiles": _tiles(compared, most_changed(comparison, FIRST)),
        "rows": [LayerRow(layers, _strip(compared, layers)) for layers in tested],
        "unpaired": compared.unpaired,
    }
    yield site.page("compare/index.html", comparison["href"], [site.top], **context)


def _tiles(compared: Compared, pairs: Sequence[tuple[LayerPair, Pair]]) -> list[PairTile]:
    return [
        compared.tile(layers, pair, whole=True, lazy=place >= EAGER)
        for place, (layers, pair) in enumerate(pairs)
    ]


def _strip(compared: Compared, layers: LayerPair) -> list[PairTile]:
    return [compared.tile(layers, pair) for pair in layers["pairs"][:EACH] if pair["change"] > 0]
