"""A network's page: its layers in order, each with some of its filters."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.site.faces import Fact, live
from convatlas.site.site import Page, Site

FIRST = 12
"""Tiles that stand for a layer."""


def network_pages(site: Site, network: Fact) -> Iterator[Page]:
    """The page of a network."""
    strips = [
        [(filter, site.face(filter, layer, network, "../")) for filter in live(layer, FIRST)]
        for layer in network["layers"]
    ]
    yield site.page(
        "network.html",
        network["href"],
        [site.top],
        network=network,
        strips=strips,
        followed=[(*sight, sight.seen["href"]) for sight in site.mentions.probes(network)],
        tested=site.mentions.claims(network),
    )
