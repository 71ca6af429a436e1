"""The pages about the whole atlas: the home page, and the page on how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.overview import AboutSection, Part
from convatlas.model.comparison import Comparison, Timeline
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.site import overviews
from convatlas.site.compared import comparisons, timelines
from convatlas.site.pages.blocks import stages
from convatlas.site.pages.guide import Example, example
from convatlas.site.pages.highlights import Highlight, highlights
from convatlas.site.thumbnails import mosaic
from convatlas.ui.page import Page, Site
from convatlas.ui.part import contexts

MOSAIC = 48
"""Maximum number of a network's tiles on the home page."""
FINDINGS = 6
"""Maximum number of findings there, if no highlights are configured."""
NAMES = 80
"""Maximum number of layers listed there; a network with more lists its stages instead."""


class HomeContext(TypedDict):
    """The context of ``home.html``, in addition to that of all pages."""

    example: Example | None
    """The example of how to read the atlas; its context is merged into this one."""
    highlights: Sequence[tuple[Highlight, Markup]]
    """Filters that stand out, each with its tile."""
    walls: Sequence[Sequence[tuple[Layer, Filter, Markup]]]
    """For each network, some of its filters from the first layer to the last, with their tiles."""
    names: Sequence[Sequence[tuple[str, str]]]
    """For each network, (address, name) of its layers, or of its stages."""
    compared: Sequence[Comparison]
    """Networks that are held side by side."""
    timelines: Sequence[Timeline]
    parts: Sequence[Part]
    """Sections of the lenses; their contexts are merged into this one."""


class AboutContext(TypedDict):
    """The context of ``about.html``, in addition to that of all pages."""

    sections: Sequence[Sequence[AboutSection]]
    """The sections of each lens, in page order."""
    data_files: Markup
    """The continuation of the sentence on data files."""


def home_pages(site: Site) -> Iterator[Page]:
    """Yield the pages about the whole atlas."""
    yield _home(site)
    about: AboutContext = {
        "sections": overviews.about_sections(site.manifest),
        "data_files": overviews.data_files(site.manifest),
    }
    yield site.page("about.html", "about/index.html", [site.top], **about)


def _home(site: Site) -> Page:
    networks, shown, parts = site.manifest["networks"], example(site), overviews.home_parts(site)
    context: HomeContext = {
        "example": shown,
        "highlights": _highlights(site),
        "walls": [_wall(site, network) for network in networks],
        "names": [_names(network) for network in networks],
        "compared": comparisons(site.manifest),
        "timelines": timelines(site.manifest),
        "parts": parts,
    }
    beside = {**contexts(parts), **(shown.context if shown else {})}
    return site.page("home.html", "index.html", (), **beside, **context)


def _highlights(site: Site) -> list[tuple[Highlight, Markup]]:
    return [
        (entry, site.face(entry.filter, entry.layer, entry.network, "", whole=True))
        for entry in highlights(site.manifest, site.tiles.filters, FINDINGS)
    ]


def _wall(site: Site, network: Network) -> list[tuple[Layer, Filter, Markup]]:
    return [
        (layer, filter, site.face(filter, layer, network, "", whole=True))
        for layer, filter in mosaic(network, MOSAIC)
    ]


def _names(network: Network) -> list[tuple[str, str]]:
    """Return (address, name) of the network's layers, or of its stages if there are many layers."""
    if len(network["layers"]) <= NAMES:
        return [(layer["href"], layer["name"]) for layer in network["layers"]]
    parts = enumerate(stages(network), 1)
    return [(f"{network['href']}#stage-{number}", stage.name) for number, stage in parts]
