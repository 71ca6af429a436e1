"""The probes on a filter's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from convatlas.lenses.parts.view import LayerPage, PageSection, View
from convatlas.lenses.probes.entries import ProbeLayer, probes_by_network
from convatlas.ui.text import ordinal


class Standing(NamedTuple):
    """A probe for which a filter is among the strongest of its layer."""

    probe: str
    rank: str
    href: str
    """The URL of the layer's part of the probe's page, from the site's root."""


class ProbesContext(TypedDict):
    """What ``lenses/probes/mentions.html`` reads for all filters of a layer."""

    standings: Mapping[int, Sequence[Standing]]
    """By the filter's index; filters that no probe excites strongly are left out."""


class ProbesView(View):
    """The probes for which a filter is among the strongest of its layer."""

    sections = (PageSection("lenses/probes/mentions.html", 100, slot="header"),)

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return a ``ProbesContext``."""
        standings: dict[int, list[Standing]] = {}
        for probe, seen in probes_by_network(page.site.manifest).get(page.network["name"], ()):
            for layer in seen["layers"]:
                if layer["name"] == page.layer["name"]:
                    href = f"{seen['href']}#{layer['slug']}"
                    for index, rank in _ranks(layer):
                        standings.setdefault(index, []).append(Standing(probe["name"], rank, href))
        return ProbesContext(standings=standings)


def _ranks(layer: ProbeLayer) -> Iterator[tuple[int, str]]:
    """Yield the strongest filters' indices with their ranks in words."""
    for rank, entry in enumerate(layer["top"], 1):
        yield entry["index"], ordinal(rank)
