"""A lens's part of a filter's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from convatlas.model.manifest import Filter, ImageSet, Layer, Network
from convatlas.ui.page import Site
from convatlas.ui.thumbnails import Thumbnail


class PageSection(NamedTuple):
    """A part of a filter's page, drawn by a template."""

    template: str
    """Its path below ``templates/``."""
    place: int
    """Its order on the page: 100, 200, ..."""
    row: str = ""
    """Neighbours of the same row stand side by side in one element of this class (its first word
    is the row's name alone); "" for a section that stands alone."""


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
    """A lens's part of a filter's page, and of the filter's thumbnail."""

    sections: Sequence[PageSection] = ()
    """What stands on the page, in the block ``lenses``."""
    header: Sequence[PageSection] = ()
    """What stands below the filter's name."""
    styles: Sequence[str] = ()
    """Style sheets of ``static/`` that the page needs, without ``.css``."""

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return what its templates read that is the same for all filters of the layer."""
        return {}

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return what its templates read of one filter."""
        return {}

    def lede(self, filter: Filter, layer: Layer) -> Markup:
        """Return a sentence about a live filter for the top of its page, or nothing."""
        return Markup("")

    def dead_lede(self, filter: Filter) -> Markup:
        """Return a sentence about a dead filter, or nothing."""
        return Markup("")

    def facts(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return names and values for the list of numbers beside the main picture."""
        return ()

    thumbnail_place: int = 0
    """Of all lenses that have a thumbnail for a filter, the one with the lowest place is taken."""

    def thumbnail(
        self,
        filter: Filter,
        layer: Layer,
        network: Network,
        images: ImageSet | None,
        *,
        whole: bool,
        files: bool,
    ) -> Thumbnail | None:
        """Return what may stand for a live filter on a tile, or None.

        Args:
            whole: take large pictures rather than tiles of the layer's sprite.
            files: whether filters have pictures of their own as files; if not, sprites stand in.
        """
        return None
