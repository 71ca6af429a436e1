"""A network's page: a map of its layers, and each layer with some of its filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.overview import Part
from convatlas.model.comparison import Comparison, Timeline
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.site import overviews
from convatlas.site.compared import comparisons, timelines
from convatlas.site.health_report import worst
from convatlas.site.pages.blocks import Stage, stages
from convatlas.site.pages.highlights import Highlight, strongest
from convatlas.site.pages.network_map import LayerMap, layer_map
from convatlas.site.thumbnails import live
from convatlas.site.variation_report import Group, groups
from convatlas.ui.page import Page, Site
from convatlas.ui.part import contexts

FIRST = 12
"""Maximum number of tiles per layer."""


class NetworkContext(TypedDict):
    """The context of ``network.html``, in addition to that of all pages."""

    network: Network
    stages: Sequence[Stage]
    map: LayerMap
    strips: Sequence[Sequence[tuple[Filter, Markup]]]
    """For each layer, its first filters with their tiles."""
    findings: Sequence[tuple[Highlight, Markup]]
    """Filters that stand out, each with its tile."""
    worst: Sequence[tuple[Layer, str]]
    """The worst layers, each with a summary of its issues."""
    varies: Sequence[Group]
    """Layers whose responses the picture does not determine."""
    compared: Sequence[Comparison]
    """Those that the network is in."""
    timelines: Sequence[Timeline]
    """Those that the network is in."""
    parts: Sequence[Part]
    """Sections of the lenses; their contexts are merged into this one."""


def network_pages(site: Site, network: Network) -> Iterator[Page]:
    """Yield the page of a network."""
    blocks, parts = stages(network), overviews.network_parts(site, network)
    context: NetworkContext = {
        "network": network,
        "stages": blocks,
        "map": layer_map(network, blocks),
        "strips": [_strip(site, network, layer) for layer in network["layers"]],
        "findings": [
            (entry, site.face(entry.filter, entry.layer, network, "../", whole=True))
            for entry in strongest(network)
        ],
        "worst": worst(network),
        "varies": groups(network),
        "compared": comparisons(site.manifest, network["name"]),
        "timelines": timelines(site.manifest, network["name"]),
        "parts": parts,
    }
    beside = contexts(parts)
    yield site.page("network.html", network["href"], [site.top], **beside, **context)


def _strip(site: Site, network: Network, layer: Layer) -> list[tuple[Filter, Markup]]:
    shown = live(layer, FIRST)
    return [(filter, site.face(filter, layer, network, "../")) for filter in shown]
