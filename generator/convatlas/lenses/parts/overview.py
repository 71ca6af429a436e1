"""A lens's part of the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site
from convatlas.ui.part import Part as Part
from convatlas.ui.tile_drawing import DrawnOnce


class AboutSection(NamedTuple):
    """A section of the about page, which explains the methods; it reads only the manifest."""

    id: str
    """If two lenses have a section with the same id, it is shown once."""
    title: str
    template: str
    place: int
    shown: Callable[[Manifest], bool]


class Reason(NamedTuple):
    """A way in which a filter can stand out: the live filter with the highest measure does."""

    title: str
    measure: Callable[[Layer, Filter], float | None]
    """None if the filter does not count."""
    text: Callable[[Layer, Filter], str]
    """The explanation for a filter, as a sentence."""
    place: int
    label: Callable[[Filter], str | None] = lambda filter: None
    """The class that the explanation names, or None."""


class Symptom(NamedTuple):
    """Filters of a layer that have the same problem."""

    title: str
    summary: str
    """The label of the list that is collapsed if there are many."""
    filters: Sequence[Filter]


class Guide:
    """A lens's part of "How to read it" on the home page, which explains one filter.

    It is the filter with the highest merits among those that the most guides can show.
    """

    template: str
    """The template of a ``figure`` with a caption; a path below ``templates/``."""
    place: int
    """Its order among the figures: 100, 200, ..."""

    def shows(self, site: Site, network: Network, layer: Layer, filter: Filter) -> bool:
        """Return whether there is a figure for this filter."""
        raise NotImplementedError

    def merit(self, filter: Filter) -> float:
        """Return how well the filter illustrates the lens, whether or not it has a figure.

        The merits of all guides are compared lexicographically, in the order of their places.
        """
        return 0.0

    def context(
        self, site: Site, network: Network, layer: Layer, filter: Filter
    ) -> Mapping[str, object]:
        """Return what the template reads besides ``example``, for a filter that has a figure."""
        return {}

    def numbers(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return names and values for the list of measurements, which is ordered by lens."""
        return ()

    def remark(self, filter: Filter) -> str:
        """Return a sentence about these numbers, without a full stop, or ""."""
        return ""


class Overview:
    """A lens's part of the pages about networks and the atlas."""

    about: Sequence[AboutSection] = ()
    reasons: Sequence[Reason] = ()
    guide: Guide | None = None

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the lens's own pages and data files."""
        return iter(())

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return the lens's sections of the home page."""
        return ()

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return the lens's sections of a network's page."""
        return ()

    def class_parts(
        self, site: Site, network: Network, number: int, drawn: DrawnOnce
    ) -> Sequence[Part]:
        """Return the lens's sections of the page of a class, if the network's classes have any.

        Args:
            site: What all pages share.
            network: The network.
            number: The class's index among the network's scores.
            drawn: The tiles that the page has already; of these it may have one only.
        """
        return ()

    def layer_parts(self, site: Site, network: Network, layer: Layer) -> Sequence[Part]:
        """Return the lens's sections of a layer's page that show other filters or images.

        They stand below the grid among those of ``Table.layer_parts``, which need no pictures.
        """
        return ()

    def health(self, rectified: bool, filters: Sequence[Filter]) -> Mapping[str, object]:
        """Return the fields of a layer's ``LayerHealth`` that this lens provides.

        Args:
            rectified: whether the next operation sets negative responses to zero.
            filters: all filters of the layer.
        """
        return {}

    def symptoms(self, layer: Layer) -> Sequence[Symptom]:
        """Return the problems of a layer's filters."""
        return ()

    def found_pages(self, manifest: Manifest) -> Mapping[str, str]:
        """Return the addresses, from the site's root, of pages that the search finds by name."""
        return {}

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return (URL from the site's root, name, description) for the help's list of pages."""
        return ()

    def data_files(self, manifest: Manifest) -> Markup:
        """Return the continuation of the about page's sentence on data files, with its comma."""
        return Markup()

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the lens's part of ``atlas.json``."""
        return {}
