"""The pages of probes: an overview, one for each probe, and one for each probe and network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypedDict

from convatlas.lenses.probes.entries import ProbeEntry, SeenProbe, probes, probes_by_network
from convatlas.lenses.probes.layer_view import LayerView, layer_view
from convatlas.model.manifest import Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site, data
from convatlas.ui.text import percent

WALL = ("probes/index.html", "Probes")

Sight = tuple[ProbeEntry, SeenProbe]
"""A probe in one network."""


class WallContext(TypedDict):
    """What ``lenses/probes/probes.html`` reads."""

    probes: Sequence[ProbeEntry]
    recognised: Callable[[SeenProbe], str]


class ProbeContext(TypedDict):
    """What ``lenses/probes/probe.html`` reads."""

    probe: ProbeEntry
    previous: ProbeEntry | None
    next: ProbeEntry | None


class FollowedContext(TypedDict):
    """What ``lenses/probes/followed.html`` reads."""

    probe: ProbeEntry
    seen: SeenProbe
    network: Network
    views: Sequence[LayerView]
    missing: int
    """Number of requested layers that are not rendered yet."""
    previous: Sight | None
    """The previous probe in the same network."""
    next: Sight | None


def probe_pages(site: Site) -> Iterator[Page]:
    """Yield all pages and data of the probes; nothing if the atlas has no probes."""
    entries = probes(site.manifest)
    if not entries:
        return
    wall: WallContext = {"probes": entries, "recognised": recognised}
    yield site.page("lenses/probes/probes.html", WALL[0], [site.top], **wall)
    for place, probe in enumerate(entries):
        context: ProbeContext = {
            "probe": probe,
            "previous": entries[place - 1] if place else None,
            "next": entries[place + 1] if place + 1 < len(entries) else None,
        }
        yield site.page("lenses/probes/probe.html", probe["href"], [site.top, WALL], **context)
    for network in site.manifest["networks"]:
        yield from _network_pages(site, network)


def recognised(seen: SeenProbe) -> str:
    """Return the class that a network predicts: "goldfish, 98 %"; "" without a prediction."""
    if not seen["prediction"]:
        return ""
    first = seen["prediction"][0]
    return f"{first['label'] or 'class ' + str(first['class'])}, {percent(first['share'])}"


def _network_pages(site: Site, network: Network) -> Iterator[Page]:
    """Yield the pages of all probes in a network, and their data."""
    sights = probes_by_network(site.manifest).get(network["name"], ())
    for place, (probe, seen) in enumerate(sights):
        context: FollowedContext = {
            "probe": probe,
            "seen": seen,
            "network": network,
            "views": [layer_view(site, seen, layer) for layer in seen["layers"]],
            "missing": seen["asked"] - len(seen["layers"]) - len(seen["missed"]),
            "previous": sights[place - 1] if place else None,
            "next": sights[place + 1] if place + 1 < len(sights) else None,
        }
        crumbs = [site.top, WALL, (probe["href"], probe["name"])]
        yield site.page("lenses/probes/followed.html", seen["href"], crumbs, **context)
        yield seen["href"].removesuffix("index.html") + "probe.json", data(_json(probe, seen))


def _json(probe: ProbeEntry, seen: SeenProbe) -> Mapping[str, Json]:
    """Return the content of ``probe.json``: a probe in one network."""
    return {"name": probe["name"], **{key: each for key, each in seen.items() if key != "slug"}}
