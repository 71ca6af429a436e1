"""Every page and data file of the site, one after another, from the manifest alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from convatlas.site import theme as look
from convatlas.site import words
from convatlas.site.evidence import evidence
from convatlas.site.faces import Fact, live, mosaic
from convatlas.site.hypothesis_pages import hypothesis_pages
from convatlas.site.overview import overview
from convatlas.site.probe_pages import probe_pages
from convatlas.site.site import Page, Site, data

WALL = 1024
"""Tiles on one page of a wall; more would make the page slow on a phone."""
STRIP = 11
"""Tiles of a film strip."""
FIRST = 12
"""Tiles that stand for a layer on its network's page."""
MOSAIC = 72
"""Tiles that stand for a network on the home page."""
PROBES = 24
"""Probes that stand there for all."""


def pages(manifest: Fact, theme: Path | None = None) -> Iterator[Page]:
    """Every page, data file and static file of the site: its path from the root, and its bytes.

    :param manifest: what the site holds, as ``site.manifest`` makes it.
    :param theme: a folder whose ``templates`` and ``static`` go before ours.
    :raises SiteError: the theme's folder does not exist.
    """
    site = Site(manifest, look.environment(theme), look.static(theme))
    yield from site.assets.values()
    yield _home(site)
    for network in manifest["networks"]:
        yield _network(site, network)
        for layer in network["layers"]:
            yield from _layer(site, network, layer)
            yield from _filters(site, network, layer)
    yield from _images(site)
    yield from probe_pages(site)
    yield from hypothesis_pages(site)
    yield site.page("about.html", "about/index.html", [site.top])
    yield "atlas.json", data(overview(manifest))


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


def _network(site: Site, network: Fact) -> Page:
    strips = [
        [(filter, site.face(filter, layer, network, "../")) for filter in live(layer, FIRST)]
        for layer in network["layers"]
    ]
    return site.page(
        "network.html",
        network["href"],
        [site.top],
        network=network,
        strips=strips,
        followed=[(*sight, sight.seen["href"]) for sight in site.mentions.probes(network)],
        tested=site.mentions.claims(network),
    )


def _layer(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    crumbs = _above(site, network)
    layers = network["layers"]
    place = next(i for i, other in enumerate(layers) if other is layer)
    tiles = [
        (filter, site.face(filter, layer, network, "../../", home=True, lazy=number >= 24))
        for number, filter in enumerate(layer["filters"])
    ]
    shared = {
        "network": network,
        "layer": layer,
        "previous": layers[place - 1] if place else None,
        "next": layers[place + 1] if place + 1 < len(layers) else None,
    }
    for path, part, paging in _paged(layer["href"], tiles):
        yield site.page("layer.html", path, crumbs, tiles=part, paging=paging, **shared)
    folder = layer["href"].removesuffix("index.html")
    kept = {key: value for key, value in layer.items() if key not in ("slug", "href")}
    yield f"{folder}layer.json", data(kept)


def _filters(site: Site, network: Fact, layer: Fact) -> Iterator[Page]:
    folder = layer["href"].removesuffix("index.html")
    crumbs = [*_above(site, network), (layer["href"], layer["name"])]
    images = site.sets.get(network["images"])
    filters = layer["filters"]
    strip = [
        (filter, site.face(filter, layer, network, "../../", home=True, named=True, lazy=False))
        for filter in filters
    ]
    shared: dict[str, Any] = {"network": network, "layer": layer, "images": images}
    for place, filter in enumerate(filters):
        start = max(min(place - STRIP // 2, len(filters) - STRIP), 0)
        yield site.page(
            "filter.html",
            folder + filter["href"],
            crumbs,
            **shared,
            filter=filter,
            strip=strip[start : start + STRIP],
            previous=filters[place - 1] if place else None,
            next=filters[place + 1] if place + 1 < len(filters) else None,
            evidence=evidence(filter, layer, network, images, "../../", site.tiles),
            lede=words.lede(filter, layer),
            mentions=site.mentions.of(folder + filter["href"]),
        )


def _images(site: Site) -> Iterator[Page]:
    """The pages of every image set: its wall, its images, its data."""
    for images in site.manifest["image_sets"]:
        folder = f"images/{images['slug']}/"
        above = [site.top]
        published = [image for image in images["images"].values() if image["pictures"]]
        for path, part, paging in _paged(f"{folder}index.html", published):
            yield site.page(
                "set.html",
                path,
                above,
                images=images,
                tiles=part,
                paging=paging,
                count=len(published),
            )
        crumbs = [*above, (f"{folder}index.html", images["name"])]
        for place, image in enumerate(published):
            yield site.page(
                "image.html",
                f"{folder}{image['id']}.html",
                crumbs,
                images=images,
                image=image,
                parts=list(site.tiles.parts(image)),
                previous=published[place - 1] if place else None,
                next=published[place + 1] if place + 1 < len(published) else None,
            )
        kept = {key: value for key, value in images.items() if key != "slug"}
        yield f"{folder}images.json", data(kept)


def _above(site: Site, network: Fact) -> list[tuple[str, str]]:
    return [site.top, (network["href"], network["name"])]


def _paged(first: str, tiles: Sequence[Any]) -> Iterator[tuple[str, Sequence[Any], list[Any]]]:
    """The parts of a wall: the path of each page, its tiles, and (file, text, is this) of all."""
    starts = range(0, max(len(tiles), 1), WALL)
    files = ["index.html", *(f"index-{number}.html" for number in range(2, len(starts) + 1))]
    for start, own in zip(starts, files, strict=True):
        paging = [
            (file, f"{begin}–{min(begin + WALL, len(tiles)) - 1}", file == own)
            for begin, file in zip(starts, files, strict=True)
        ]
        yield first.removesuffix("index.html") + own, tiles[start : start + WALL], paging
