"""Every page and data file of the site, one after another, from the manifest alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from convatlas.records import Json, canonical
from convatlas.site import sentences, words
from convatlas.site import theme as look
from convatlas.site.evidence import evidence
from convatlas.site.faces import Fact, face, live, mosaic
from convatlas.site.tiles import Tiles

WALL = 1024
"""Tiles on one page of a wall; more would make the page slow on a phone."""
STRIP = 11
"""Tiles of a film strip."""
FIRST = 12
"""Tiles that stand for a layer on its network's page."""
MOSAIC = 72
"""Tiles that stand for a network on the home page."""

Page = tuple[str, bytes]
Crumbs = Sequence[tuple[str, str]]


@dataclass
class Site:
    """What all pages share: the manifest, Jinja, the static files."""

    manifest: Fact
    env: jinja2.Environment
    assets: Mapping[str, tuple[str, bytes]]
    sets: Mapping[str, Fact] = field(init=False)
    tiles: Tiles = field(init=False)

    def __post_init__(self) -> None:
        self.sets = {images["name"]: images for images in self.manifest["image_sets"]}
        self.tiles = Tiles(self.manifest["networks"], partial(self.face, root="../../"))
        self.env.globals.update(site=self.manifest, asset=self.asset, sentences=sentences)

    def asset(self, name: str) -> str:
        """Where a static file is published, relative to the site's root."""
        return self.assets[name][0]

    def page(self, template: str, path: str, crumbs: Crumbs = (), **context: object) -> Page:
        """One page; ``crumbs`` are (address from the site's root, text) of what is above it."""
        page = self.env.get_template(template)
        root = "../" * path.count("/")
        return path, page.render(context, root=root, path=path, crumbs=crumbs).encode()

    def face(
        self, filter: Fact, layer: Fact, network: Fact, root: str, **options: object
    ) -> Markup:
        """The inside of a filter's tile, on a page ``root`` away from the site's root."""
        images = self.sets.get(network["images"])
        parts: Any = self.env.get_template("faces.html").module
        base = "" if options.pop("home", False) else root + layer["href"].removesuffix("index.html")
        shown = face(filter, layer, network, images)
        return Markup(parts.face(shown, filter["index"], base, root, **options))


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
    yield site.page("about.html", "about/index.html", [("index.html", manifest["title"])])
    yield "atlas.json", _json(overview(manifest))


def overview(manifest: Fact) -> Json:
    """What ``atlas.json`` tells: networks, layers and counts, without the filters."""
    networks = [
        {key: value for key, value in network.items() if key not in ("photographs", "layers")}
        | {"layers": [_summary(layer) for layer in network["layers"]]}
        for network in manifest["networks"]
    ]
    sets = [
        {key: value for key, value in images.items() if key != "images"}
        | {"href": f"images/{images['slug']}/index.html"}
        for images in manifest["image_sets"]
    ]
    kept = ("title", "description", "version", "url", "lenses")
    return {key: manifest[key] for key in kept} | {"networks": networks, "image_sets": sets}


def _summary(layer: Fact) -> Json:
    data = layer["href"].removesuffix("index.html") + "layer.json"
    kept = {key: value for key, value in layer.items() if key != "filters"}
    return kept | {"filters": len(layer["filters"]), "data": data}


def _json(value: Json) -> bytes:
    return canonical(value) + b"\n"


def _home(site: Site) -> Page:
    walls = [
        [(layer, filter, site.face(filter, layer, network, "")) for layer, filter in pairs]
        for network in site.manifest["networks"]
        for pairs in [mosaic(network, MOSAIC)]
    ]
    return site.page("home.html", "index.html", walls=walls)


def _network(site: Site, network: Fact) -> Page:
    strips = [
        [(filter, site.face(filter, layer, network, "../")) for filter in live(layer, FIRST)]
        for layer in network["layers"]
    ]
    crumbs = [("index.html", site.manifest["title"])]
    return site.page("network.html", network["href"], crumbs, network=network, strips=strips)


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
    data = {key: value for key, value in layer.items() if key not in ("slug", "href")}
    yield f"{folder}layer.json", _json(data)


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
        )


def _images(site: Site) -> Iterator[Page]:
    """The pages of every image set: its wall, its images, its data."""
    for images in site.manifest["image_sets"]:
        folder = f"images/{images['slug']}/"
        above = [("index.html", site.manifest["title"])]
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
        yield f"{folder}images.json", _json(kept)


def _above(site: Site, network: Fact) -> list[tuple[str, str]]:
    return [("index.html", site.manifest["title"]), (network["href"], network["name"])]


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
