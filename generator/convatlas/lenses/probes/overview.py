"""What probes add to the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.lenses.probes.entries import ProbeEntry, SeenProbe, probes, probes_by_network
from convatlas.lenses.probes.pages import WALL, probe_pages
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site
from convatlas.ui.text import form

MOST = 24
"""Maximum number of probes on the home page."""

Thumb = tuple[ProbeEntry, SeenProbe, str]
"""A probe, the same probe in one network, and the URL that its picture links to, from the root."""


class HomeContext(TypedDict):
    """What ``lenses/probes/home.html`` reads."""

    probes: Sequence[Thumb]
    probe_count: int
    """The number of all probes."""


class NetworkContext(TypedDict):
    """What ``lenses/probes/network.html`` reads."""

    probes: Sequence[Thumb]


class ProbesOverview(Overview):
    """Pages about all probes, and thumbnails on the home page and on networks' pages."""

    about = (
        AboutSection(
            "maps",
            "Feature maps",
            "lenses/probes/about.html",
            500,
            lambda manifest: bool(probes(manifest)),
        ),
    )

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the page with all probes, the pages of each probe, and their data."""
        return probe_pages(site)

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return a section with the first probes, each as its first network sees it."""
        entries = probes(site.manifest)
        if not entries:
            return ()
        title = f"Pictures followed through the {form('network', len(site.manifest['networks']))}"
        shown = [(each, each["networks"][0], each["href"]) for each in entries[:MOST]]
        context: HomeContext = {"probes": shown, "probe_count": len(entries)}
        return [Part("probes", title, "lenses/probes/home.html", context, 100, href=WALL[0])]

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section with the probes of a network."""
        seen = probes_by_network(site.manifest).get(network["name"], ())
        context: NetworkContext = {"probes": [(*pair, pair[1]["href"]) for pair in seen]}
        title = "Pictures followed through it"
        return [Part("probes", title, "lenses/probes/network.html", context, 100)] if seen else []

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return the explanation of a probe."""
        if not probes(manifest):
            return ()
        return [(WALL[0], "probe", "One picture, followed through a network.")]

    def data_files(self, manifest: Manifest) -> Markup:
        """Return a clause about the ``probe.json`` of each probe."""
        if not probes(manifest):
            return Markup()
        return Markup(', each probe a <span class="mono">probe.json</span> for each network')

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the URLs of the probes and of their data."""
        return {"probes": [_summary(probe) for probe in probes(manifest)]}


def _summary(probe: ProbeEntry) -> Mapping[str, Json]:
    networks = [
        {
            "network": seen["network"],
            "href": seen["href"],
            "data": seen["href"].removesuffix("index.html") + "probe.json",
            "layers": [layer["name"] for layer in seen["layers"]],
        }
        for seen in probe["networks"]
    ]
    return {"name": probe["name"], "href": probe["href"], "networks": networks}
