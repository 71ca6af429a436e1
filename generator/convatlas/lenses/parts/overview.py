"""A lens's part of the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site


class Part(NamedTuple):
    """A section of a page, and what its template reads beside the page's own context."""

    id: str
    title: str
    """Its heading, and what links to it are called."""
    template: str
    """What stands below the heading: a path below ``templates/``."""
    context: Mapping[str, object]
    """Its names are those of no other part of the page."""
    place: int
    """Its order among the parts of all lenses: 100, 200, ..."""
    href: str = ""
    """Where the heading leads, from the site's root; "" if it is no link."""


class AboutSection(NamedTuple):
    """A section of the page that says how everything was made; it reads the manifest alone."""

    id: str
    """Where two lenses have a section of the same id, it stands there once."""
    title: str
    template: str
    place: int
    shown: Callable[[Manifest], bool]


class Reason(NamedTuple):
    """Why a filter may stand out: of all live filters the one with the highest measure does."""

    title: str
    measure: Callable[[Layer, Filter], float | None]
    """None if the filter does not count."""
    text: Callable[[Layer, Filter], str]
    """What there is to it, in a sentence."""
    place: int


class Symptom(NamedTuple):
    """Filters of a layer that have the same thing the matter."""

    title: str
    summary: str
    """What is unfolded if they are many."""
    filters: Sequence[Filter]


class Guide:
    """A lens's part of "How to read it" on the home page, which is told by one filter.

    Of the filters that most guides can show the one with the highest merits is taken.
    """

    template: str
    """A ``figure`` with a caption: a path below ``templates/``."""
    place: int
    """Its order among the figures: 100, 200, ..."""

    def shows(self, site: Site, network: Network, layer: Layer, filter: Filter) -> bool:
        """Return whether there is a figure for this filter."""
        raise NotImplementedError

    def merit(self, filter: Filter) -> float:
        """Return how well the filter shows what the lens is about, whether or not it has a figure.

        The merits of the guides are compared in the order of their places.
        """
        return 0.0

    def context(
        self, site: Site, network: Network, layer: Layer, filter: Filter
    ) -> Mapping[str, object]:
        """Return what the template reads beside ``example``, of a filter that has a figure."""
        return {}

    def numbers(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return names and values for the list of what is measured; they follow lens by lens."""
        return ()

    def remark(self, filter: Filter) -> str:
        """Return a sentence on these numbers, without its full stop, or ""."""
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
        """Return its sections of the home page."""
        return ()

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return its sections of a network's page."""
        return ()

    def health(self, rectified: bool, filters: Sequence[Filter]) -> Mapping[str, object]:
        """Return the fields of a layer's ``LayerHealth`` that this lens knows.

        Args:
            rectified: whether the next operation cuts off what is below zero.
            filters: all filters of the layer.
        """
        return {}

    def symptoms(self, layer: Layer) -> Sequence[Symptom]:
        """Return what is the matter with which filters of a layer."""
        return ()

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return (address from the root, name, what it is) for the help's list of pages."""
        return ()

    def data_files(self, manifest: Manifest) -> Markup:
        """Return what continues the about page's sentence on data files, from its comma on."""
        return Markup()

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return what ``atlas.json`` says of the lens's entries."""
        return {}
