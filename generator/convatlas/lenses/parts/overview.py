"""A lens's part of the pages about networks and the atlas, of ``check`` and of the reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site


class AboutSection(NamedTuple):
    """A section of the page that says how everything was made."""

    id: str
    title: str
    template: str
    place: int
    shown: Callable[[Manifest], bool]


class Part(NamedTuple):
    """A section of a page with what its template reads."""

    id: str
    title: str
    """What links to it are called."""
    template: str
    context: Mapping[str, object]
    place: int


class Reason(NamedTuple):
    """Why a filter may stand out: of all filters the one with the highest measure does."""

    title: str
    measure: Callable[[Layer, Filter], float | None]
    """None where it does not count."""
    text: Callable[[Layer, Filter], str]
    place: int


class Budget(NamedTuple):
    """What a kind of published file may take."""

    kind: str
    bytes: int
    """For each filter."""
    stems: Sequence[str]
    """The names of filters' pictures of that kind."""
    place: int


class Overview:
    """A lens's part of the pages about networks and the atlas, of ``check`` and of the reports."""

    about: Sequence[AboutSection] = ()
    reasons: Sequence[Reason] = ()
    budgets: Sequence[Budget] = ()

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the lens's own pages and data files."""
        return iter(())

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return its sections of the home page."""
        return ()

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return its sections of a network's page."""
        return ()

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return (address from the root, name, what it is) for the help's list of pages."""
        return ()

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return what ``atlas.json`` says of the lens's entries."""
        return {}

    def report(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return what ``build --json`` says of the lens's findings."""
        return {}

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield what the last lines of a build say of the lens's findings."""
        return iter(())

    def unmet(self, manifest: Manifest) -> Sequence[str]:
        """Return the expectations of the atlas file that do not hold, for ``--strict``."""
        return ()
