"""A lens's part of a filter's page, and of its thumbnail."""

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
"""Where a section is: below the filter's name; in the block ``lenses``; or in the instructions for
reproducing the filter's pictures."""


class PageSection(NamedTuple):
    """A part of a filter's page, drawn by a template; one without output leaves no trace."""

    template: str
    """Its path below ``templates/``."""
    place: int
    """Its order in its slot: 100, 200, ..."""
    row: str = ""
    """Sections of the same row are side by side, at the place of the first one: "hero" is the top
    row, any other name is a row of two halves. "" for a section on its own."""
    slot: Slot = "lenses"


class ThumbnailSource(NamedTuple):
    """A source of filters' thumbnails; the first source that returns one is used."""

    place: int
    make: Callable[[ThumbnailRequest], Thumbnail | None]


@dataclass(frozen=True)
class LayerPage:
    """The context that the pages of a layer's filters share."""

    site: Site
    network: Network
    layer: Layer
    images: ImageSet | None
    """The image set that is shown to the network."""
    root: str
    """The relative URL of the site's root: "../../"."""


@dataclass(frozen=True)
class FilterPage(LayerPage):
    """The page, or the part of a page, that describes one filter."""

    filter: Filter
    at: str
    """The prefix of all ids: "" if the page has one filter, otherwise, for instance, "117-"."""


class View:
    """A lens's part of a filter's page, and of its thumbnail.

    The page's own templates and those of all lenses share one context, so the names of a lens
    should make clear that they are its own.
    """

    sections: Sequence[PageSection] = ()
    styles: Sequence[str] = ()
    """Additional style sheets of ``static/`` that the page needs, without ``.css``."""
    globals: Mapping[str, object] = MappingProxyType({})
    """Modules and functions that the templates of all pages can use, by name."""
    thumbnails: Sequence[ThumbnailSource] = ()
    """Sources of thumbnails for live filters."""

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return the template context that all filters of the layer share."""
        return {}

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return the template context of one filter."""
        return {}

    def definitions(self, context: Mapping[str, object]) -> Markup:
        """Return SVG that a filter's sections refer to; equal definitions are on a page only once.

        Args:
            context: what ``filter_context`` returned for the filter.
        """
        return Markup("")

    def lede(self, filter: Filter) -> Markup:
        """Return a sentence about a live filter for the top of its page, or empty markup."""
        return Markup("")

    def dead_lede(self, filter: Filter) -> Markup:
        """Return a sentence about a dead filter, or empty markup."""
        return Markup("")

    def facts(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return names and values for the list of numbers next to the main picture."""
        return ()
