"""Every page and data file of the site, part by part, from the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from convatlas.model.manifest import Layer, Manifest, Network
from convatlas.site.exports.atlas_json import atlas_json
from convatlas.site.overviews import lens_pages
from convatlas.site.pages.custom import custom_pages
from convatlas.site.pages.filter import filter_pages
from convatlas.site.pages.filter_groups import filter_group_pages
from convatlas.site.pages.home import home_pages
from convatlas.site.pages.images import image_pages
from convatlas.site.pages.layer import layer_pages
from convatlas.site.pages.network import network_pages
from convatlas.site.pages.search import search_pages
from convatlas.site.pages.sitemap import sitemap
from convatlas.site.templating import theme as look
from convatlas.site.templating.errors import templates_told
from convatlas.site.thumbnails import thumbnail
from convatlas.ui.filter_layout import FilterLayout, PageEach, SharedPages
from convatlas.ui.page import Page, Site, data

WHOLE = (
    search_pages,
    lens_pages,
    home_pages,
    custom_pages,
)
"""Makers of what is told of the whole atlas, all of which are soon done."""

OF_FILTERS: Mapping[type[FilterLayout], Callable[[Site, Network, Layer], Iterator[Page]]] = {
    PageEach: filter_pages,
    SharedPages: filter_group_pages,
}
"""Makers of the pages of one layer's filters, by how these are laid out."""

NOT_LISTED = b'<meta name="robots" content="noindex">'
"""What a page says that search engines are not to list."""


def pages(
    manifest: Manifest, theme: Path | None = None, read: Callable[[str], bytes] | None = None
) -> Iterator[Page]:
    """Every page, data file and static file of the site: its path from the root, and its bytes.

    Args:
        manifest: what the site holds, as ``site.manifest`` makes it.
        theme: a folder whose ``templates`` and ``static`` go before ours.
        read: the bytes of a picture by its sha256, where pages hold pictures.

    Raises:
        SiteError: the theme's folder does not exist.
    """
    site = open_site(manifest, theme, read)
    listed: list[str] = []
    for part in parts(site):
        for path, content in part():
            if is_listed(path, content):
                listed.append(path)
            yield path, content
    yield from closing(site, listed)


def open_site(
    manifest: Manifest, theme: Path | None, read: Callable[[str], bytes] | None = None
) -> Site:
    """What all pages are made from; see ``pages``."""
    return Site(manifest, look.environment(theme), look.static(theme), thumbnail, read)


def parts(site: Site) -> list[Callable[[], Iterator[Page]]]:
    """Makers of pages, each of which may be called apart from the others; the largest first."""
    networks = site.manifest["networks"]
    layers = [(network, layer) for network in networks for layer in network["layers"]]
    of_filters = OF_FILTERS[type(site.layout)]
    layers.sort(key=lambda pair: -len(pair[1]["filters"]))
    makers: list[Callable[[], Iterator[Page]]] = [
        partial(image_pages, site),
        *(partial(of_filters, site, network, layer) for network, layer in layers),
        *(partial(layer_pages, site, network, layer) for network, layer in layers),
        *(partial(network_pages, site, network) for network in networks),
        *(partial(make, site) for make in WHOLE),
        lambda: iter(site.assets.values()),
        lambda: iter([("atlas.json", data(atlas_json(site.manifest)))]),
    ]
    return [partial(_told, make) for make in makers]


def _told(make: Callable[[], Iterator[Page]]) -> Iterator[Page]:
    """Some pages; what fails in a template is told with its file and line."""
    with templates_told(look.folder("templates")):
        yield from make()


def is_listed(path: str, content: bytes) -> bool:
    """Whether a file is a page that search engines are to list."""
    return path.endswith(".html") and NOT_LISTED not in content


def closing(site: Site, listed: Sequence[str]) -> Iterator[Page]:
    """What tells of all other pages: of those that are listed, by their paths."""
    if site.manifest["url"]:
        yield from sitemap(site.manifest["url"], listed)
