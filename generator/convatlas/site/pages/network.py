"""A network's page: its layers as a map and in order, each with some of its filters."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.lenses.hypotheses.entries import hypotheses
from convatlas.lenses.probes.entries import probes_by_network
from convatlas.site.health_report import worst
from convatlas.site.pages.blocks import stages
from convatlas.site.pages.highlights import strongest
from convatlas.site.pages.network_map import layer_map
from convatlas.ui.page import Page, Site
from convatlas.ui.thumbnails import Fact, live

FIRST = 12
"""Tiles that stand for a layer."""


def network_pages(site: Site, network: Fact) -> Iterator[Page]:
    """The page of a network."""
    parts = stages(network)
    strips = [
        [(filter, site.face(filter, layer, network, "../")) for filter in live(layer, FIRST)]
        for layer in network["layers"]
    ]
    found = [
        (entry, site.face(entry.filter, entry.layer, network, "../", whole=True))
        for entry in strongest(network)
    ]
    yield site.page(
        "network.html",
        network["href"],
        [site.top],
        network=network,
        stages=parts,
        map=layer_map(network, parts),
        strips=strips,
        findings=found,
        worst=worst(network),
        followed=[
            (probe, seen, seen["href"])
            for probe, seen in probes_by_network(site.manifest).get(network["name"], ())
        ],
        tested=[
            claim for claim in hypotheses(site.manifest) if claim["network"] == network["name"]
        ],
    )
