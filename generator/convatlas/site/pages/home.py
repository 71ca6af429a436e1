"""The pages about the whole atlas: home, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.overview import AboutSection, Part
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.site import overviews
from convatlas.site.pages.blocks import stages
from convatlas.site.pages.guide import Example, example
from convatlas.site.pages.highlights import Highlight, highlights
from convatlas.site.thumbnails import mosaic
from convatlas.ui.page import Page, Site

MOSAIC = 48
"""Tiles that stand for a network on the home page."""
FINDINGS = 6
"""Findings that stand there where nobody chose highlights."""
NAMES = 80
"""Layers of a network that are listed there; of one with more, its stages are."""


class HomeContext(TypedDict):
    """What ``home.html`` reads beside what all pages do."""

    example: Example | None
    """The filter that shows how to read the atlas; its lenses' contexts stand beside this one."""
    highlights: Sequence[tuple[Highlight, Markup]]
    """Filters that stand out, each with its tile."""
    walls: Sequence[Sequence[tuple[Layer, Filter, Markup]]]
    """For each network some of its filters, from the first layer to the last, with their tiles."""
    names: Sequence[Sequence[tuple[str, str]]]
    """For each network (address, name) of its layers, or of its stages."""
    parts: Sequence[Part]
    """Sections of the lenses; their contexts stand beside this one."""


class AboutContext(TypedDict):
    """What ``about.html`` reads beside what all pages do."""

    sections: Sequence[Sequence[AboutSection]]
    """Those of each lens, in the order of the page."""
    data_files: Markup
    """How the sentence on data files goes on."""


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
        "parts": parts,
    }
    beside = {**overviews.contexts(parts), **(shown.context if shown else {})}
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
    """(address, name) of the network's layers; of its stages where there are many layers."""
    if len(network["layers"]) <= NAMES:
        return [(layer["href"], layer["name"]) for layer in network["layers"]]
    parts = enumerate(stages(network), 1)
    return [(f"{network['href']}#stage-{number}", stage.name) for number, stage in parts]
