"""The pages about the whole atlas: home, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.probes.entries import probes
from convatlas.site.pages.blocks import stages
from convatlas.site.pages.highlights import highlights
from convatlas.ui.page import Page, Site
from convatlas.ui.thumbnail_html import window
from convatlas.ui.thumbnails import Fact, Found, found, made_for, mosaic

MOSAIC = 48
"""Tiles that stand for a network on the home page."""
PROBES = 24
"""Probes that stand there for all."""
FINDINGS = 6
"""Findings that stand there where nobody chose highlights."""
NAMES = 80
"""Layers of a network that are listed there; of one with more, its stages are."""


class Example(NamedTuple):
    """A filter that shows how to read the atlas."""

    network: Fact
    layer: Fact
    filter: Fact
    face: Markup
    found: Found | None
    window: Markup  # of what was found


def home_pages(site: Site) -> Iterator[Page]:
    """The pages about the whole atlas."""
    yield _home(site)
    yield site.page("about.html", "about/index.html", [site.top])


def _home(site: Site) -> Page:
    manifest = site.manifest
    walls = [
        [
            (layer, filter, site.face(filter, layer, network, "", whole=True))
            for layer, filter in mosaic(network, MOSAIC)
        ]
        for network in manifest["networks"]
    ]
    chosen = [
        (entry, site.face(entry.filter, entry.layer, entry.network, "", whole=True))
        for entry in highlights(manifest, site.tiles.filters, FINDINGS)
    ]
    return site.page(
        "home.html",
        "index.html",
        example=_example(site),
        highlights=chosen,
        walls=walls,
        names=[_names(network) for network in manifest["networks"]],
        probes=[(each, each["networks"][0], each["href"]) for each in probes(manifest)[:PROBES]],
    )


def _names(network: Fact) -> list[tuple[str, str]]:
    """(address, name) of the network's layers; of its stages where there are many layers."""
    if len(network["layers"]) <= NAMES:
        return [(layer["href"], layer["name"]) for layer in network["layers"]]
    parts = enumerate(stages(network), 1)
    return [(f"{network['href']}#stage-{number}", stage.name) for number, stage in parts]


def _example(site: Site) -> Example | None:
    """The filter of the first network that shows best how to read the atlas.

    It has most of what a filter can have, is of the middle of the later layers, and of those whose
    picture beats the images it is the one whose strongest image is furthest beyond a typical one.
    """
    for network in site.manifest["networks"]:
        images = site.images(network)
        known = []
        for layer in network["layers"]:
            for filter in layer["filters"]:
                shown = next(found(filter, layer, network, images), None)
                seen = shown if shown and shown.picture else None
                if not filter["dead"] and (made_for(filter) or seen):
                    known.append((bool(seen) + made_for(filter), layer, filter, seen))
        if known:
            most = max(entry[0] for entry in known)
            best = [entry for entry in known if entry[0] == most]
            layers = list({id(layer): layer for _, layer, _, _ in best}.values())
            layer = layers[len(layers) * 2 // 3]
            own = [entry for entry in best if entry[1] is layer]
            _, layer, filter, seen = max(
                own, key=lambda entry: (_beats(entry[2]), _beyond(entry[2]))
            )
            face = site.face(filter, layer, network, "")
            cut = window(seen, "") if seen else Markup()
            return Example(network, layer, filter, face, seen, cut)
    return None


def _beats(filter: Fact) -> bool:
    made = filter["maximize"]["positive"] if made_for(filter) else None
    return ((made and made["ratio"]) or 0.0) > 1


def _beyond(filter: Fact) -> float:
    """How far the strongest image is above the mean of all, in standard deviations of theirs."""
    seen = filter["examples"]
    if not seen or not seen["top"] or not seen["std_highest"]:
        return 0.0
    above: float = seen["top"][0]["response"] - seen["mean_highest"]
    return above / float(seen["std_highest"])
