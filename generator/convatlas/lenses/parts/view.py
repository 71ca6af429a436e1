"""A lens's part of a filter's page, and what stands for a filter on a tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from markupsafe import Markup

from convatlas.model.manifest import Filter, ImageSet, Layer, Network
from convatlas.ui.page import Site
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest

Slot = Literal["header", "lenses", "reproduce"]
"""Below the filter's name; on the page itself, in the block ``lenses``; or in what says how to make
its pictures again."""


class PageSection(NamedTuple):
    """A part of a filter's page, drawn by a template; one that draws nothing leaves no trace."""

    template: str
    """Its path below ``templates/``."""
    place: int
    """Its order in its slot: 100, 200, ..."""
    row: str = ""
    """Sections of the same row stand side by side, where the first of them belongs: "hero" is the
    first row, any other name a row of halves. "" for a section that stands alone."""
    slot: Slot = "lenses"


class ThumbnailSource(NamedTuple):
    """What makes a filter's thumbnail; of all sources that make one the first is taken."""

    place: int
    make: Callable[[ThumbnailRequest], Thumbnail | None]


@dataclass(frozen=True)
class LayerPage:
    """What the pages of a layer's filters have in common."""

    site: Site
    network: Network
    layer: Layer
    images: ImageSet | None
    """The set that the network is shown."""
    root: str
    """The way back to the site's root: "../../"."""


@dataclass(frozen=True)
class FilterPage(LayerPage):
    """Where one filter is described."""

    filter: Filter
    at: str
    """Goes before every id: "" where a page has one filter, "117-" where several."""


class View:
    """A lens's part of a filter's page, and what stands for a filter on a tile.

    What its templates read comes from the contexts and is shared with the page's own and all other
    lenses' templates, so names should say whose they are.
    """

    sections: Sequence[PageSection] = ()
    styles: Sequence[str] = ()
    """Style sheets of ``static/`` that the page needs beside its own, without ``.css``."""
    globals: Mapping[str, object] = MappingProxyType({})
    """Modules and functions that templates of all pages may call, by name."""
    thumbnails: Sequence[ThumbnailSource] = ()
    """What may stand for a live filter on a tile."""

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return what its templates read that is the same for all filters of the layer."""
        return {}

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return what its templates read of one filter."""
        return {}

    def definitions(self, context: Mapping[str, object]) -> Markup:
        """Return SVG that a filter's sections refer to; equal definitions stand on a page once.

        Args:
            context: what ``filter_context`` returned for the filter.
        """
        return Markup("")

    def lede(self, filter: Filter) -> Markup:
        """Return a sentence about a live filter for the top of its page, or nothing."""
        return Markup("")

    def dead_lede(self, filter: Filter) -> Markup:
        """Return a sentence about a dead filter, or nothing."""
        return Markup("")

    def facts(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return names and values for the list of numbers beside the main picture."""
        return ()
