"""What all pages share: the manifest, Jinja, the static files, the tiles of filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import jinja2
from markupsafe import Markup

from convatlas.model.manifest import Filter, ImageSet, Layer, Manifest, Network, layer_folder
from convatlas.model.records import Json, canonical
from convatlas.ui.filter_layout import LAYOUTS, FilterLayout
from convatlas.ui.filter_tiles import Tiles
from convatlas.ui.inline_images import InlineImages, fileless
from convatlas.ui.part import Part
from convatlas.ui.thumbnail_html import thumbnail_html
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest
from convatlas.ui.tile_drawing import DrawnOnce

Page = tuple[str, bytes]
Crumbs = Sequence[tuple[str, str]]


@dataclass
class Site:
    """What all pages share: the manifest, Jinja, the static files."""

    manifest: Manifest
    env: jinja2.Environment
    assets: Mapping[str, tuple[str, bytes]]
    thumbnail: Callable[[ThumbnailRequest], Thumbnail]  # what stands for a filter on a tile
    class_parts: Callable[[Site, Network, int, DrawnOnce], Sequence[Part]]
    """The lenses' sections of the page of a network's n-th class, given the tiles it has."""
    read: Callable[[str], bytes] | None = None  # the bytes of a picture by its sha256
    sets: Mapping[str, ImageSet] = field(init=False)
    tiles: Tiles = field(init=False)
    layout: FilterLayout = field(init=False)
    inside: InlineImages | None = field(init=False)  # where pictures stand inside of pages

    def __post_init__(self) -> None:
        self.sets = {images["name"]: images for images in self.manifest["image_sets"]}
        self.tiles = Tiles(self.manifest["networks"], partial(self.face, root="../../"))
        self.layout = LAYOUTS[self.manifest["filter_pages"]]
        own = self.manifest["inside"]
        self.inside = InlineImages(own, self.read) if own and self.read else None
        self.env.globals.update(
            site=self.manifest,
            asset=self.asset,
            has=self.assets.__contains__,
            address=self.layout.address,
            near=near,
        )

    def images(self, network: Network) -> ImageSet | None:
        """Return the image set that a network is shown."""
        name = network["images"]
        return self.sets.get(name) if name else None

    def asset(self, name: str) -> str:
        """Return where a static file is published, relative to the site's root."""
        return self.assets[name][0]

    def page(self, template: str, path: str, crumbs: Crumbs = (), **context: object) -> Page:
        """Render a page; ``crumbs`` are (address from the site's root, text) of pages above it."""
        page = self.env.get_template(template)
        shared = {"root": "../" * path.count("/"), "path": path, "crumbs": crumbs}
        text = page.render(shared | context)
        return path, (self.inside.embed(path, text) if self.inside else text).encode()

    def face(
        self,
        filter: Filter,
        layer: Layer,
        network: Network,
        root: str,
        *,
        home: bool = False,
        whole: bool = False,
        lazy: bool = True,
        named: bool = False,
    ) -> Markup:
        """Return the inside of a filter's tile, on a page ``root`` away from the site's root.

        Args:
            home: whether the page is in the layer's own folder.
            whole: whether a large picture is wanted rather than a tile of the layer's sprite.
            lazy: as ``thumbnail_html`` takes it, like ``named``.
        """
        base = "" if home else root + layer_folder(layer)
        files = self.layout.has_picture_files
        shown = self.thumbnail(ThumbnailRequest(filter, layer, network, whole, files))
        return thumbnail_html(shown, filter["index"], base, root, lazy=lazy, named=named)

    def told(self, layer: Layer) -> Layer:
        """Return a layer for data files; pictures embedded in pages have no file names."""
        return layer if self.layout.has_picture_files else cast("Layer", fileless(layer))

    @property
    def top(self) -> tuple[str, str]:
        """The home page as the first of a page's crumbs."""
        return "index.html", self.manifest["title"]


def near(href: str, path: str, root: str) -> str:
    """Return an address from the site's root as it is reached from a page, in few bytes.

    Args:
        href: The address.
        path: The page's.
        root: Leads from the page to the site's root.
    """
    while root.startswith("../") and (folder := path.partition("/")[0]) == href.partition("/")[0]:
        root, path, href = root[3:], path[len(folder) + 1 :], href[len(folder) + 1 :]
    return root + href


def above(site: Site, network: Network) -> list[tuple[str, str]]:
    """Return the breadcrumbs of a page in a network's folder."""
    return [site.top, (network["href"], network["name"])]


def image_page(images: ImageSet | None, image: str) -> str | None:
    """Return the page of an image of a set; None if it has none, as its set is not published."""
    entry = images["images"].get(image) if images else None
    if images is None or entry is None or not entry["pictures"]:
        return None
    return f"images/{images['slug']}/{image}.html"


def script(path: str, value: Json) -> Page:
    """Return a script file that provides ``value`` to ``ATLAS.data(path)``.

    A script, since pages that are opened from disk may not read any other kind of file.
    """
    text = canonical(value).decode().replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return path, f"ATLAS.put({canonical(path).decode()},{text});\n".encode()


def data(value: Json) -> bytes:
    """Return the bytes of a JSON file for programs."""
    return canonical(value) + b"\n"
