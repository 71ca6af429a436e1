"""The pages about the whole atlas: home, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.site.faces import mosaic
from convatlas.site.site import Page, Site

MOSAIC = 72
"""Tiles that stand for a network on the home page."""
PROBES = 24
"""Probes that stand there for all."""


def home_pages(site: Site) -> Iterator[Page]:
    """The pages about the whole atlas."""
    yield _home(site)
    yield site.page("about.html", "about/index.html", [site.top])


def _home(site: Site) -> Page:
    walls = [
        [(layer, filter, site.face(filter, layer, network, "")) for layer, filter in pairs]
        for network in site.manifest["networks"]
        for pairs in [mosaic(network, MOSAIC)]
    ]
    followed = [
        (probe, probe["networks"][0], probe["href"]) for probe in site.manifest["probes"][:PROBES]
    ]
    return site.page("home.html", "index.html", walls=walls, probes=followed)
