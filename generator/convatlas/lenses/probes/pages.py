"""The pages of probes: a wall of all, one a probe, and one for each network that sees it."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.lenses.probes.layer_view import view
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site, data
from convatlas.ui.text import percent
from convatlas.ui.thumbnails import Fact

WALL = ("probes/index.html", "Probes")


def probe_pages(site: Site) -> Iterator[Page]:
    """All pages and data of the probes; nothing where the atlas has none."""
    probes = site.manifest["probes"]
    if not probes:
        return
    yield site.page("probes.html", WALL[0], [site.top], recognised=recognised)
    for place, probe in enumerate(probes):
        yield site.page(
            "probe.html",
            probe["href"],
            [site.top, WALL],
            probe=probe,
            recognised=recognised,
            previous=probes[place - 1] if place else None,
            next=probes[place + 1] if place + 1 < len(probes) else None,
        )
        for seen in probe["networks"]:
            yield _followed(site, probe, seen)
            yield seen["href"].removesuffix("index.html") + "probe.json", data(_told(probe, seen))


def recognised(seen: Fact) -> str:
    """What a network takes a probe for: "goldfish, 98 %"; empty where it does not tell."""
    if not seen["prediction"]:
        return ""
    first = seen["prediction"][0]
    return f"{first['label'] or 'class ' + str(first['class'])}, {percent(first['share'])}"


def _followed(site: Site, probe: Fact, seen: Fact) -> Page:
    alike = site.mentions.probes({"name": seen["network"]})
    place = next(place for place, sight in enumerate(alike) if sight.seen is seen)
    networks = {network["name"]: network for network in site.manifest["networks"]}
    return site.page(
        "followed.html",
        seen["href"],
        [site.top, WALL, (probe["href"], probe["name"])],
        probe=probe,
        seen=seen,
        network=networks[seen["network"]],
        views=[view(site, seen, layer) for layer in seen["layers"]],
        missing=seen["asked"] - len(seen["layers"]),
        previous=alike[place - 1] if place else None,
        next=alike[place + 1] if place + 1 < len(alike) else None,
    )


def _told(probe: Fact, seen: Fact) -> Json:
    """What ``probe.json`` holds: one network's part."""
    return {"name": probe["name"], **{key: seen[key] for key in seen if key != "slug"}}
