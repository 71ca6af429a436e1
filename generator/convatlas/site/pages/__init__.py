"""All pages and data files of the site, made in independent parts from the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from convatlas.model.manifest import Layer, Manifest, Network
from convatlas.site.compared import comparisons, timelines
from convatlas.site.exports.atlas_json import atlas_json
from convatlas.site.overviews import class_parts, lens_pages
from convatlas.site.pages.compare import comparison_pages
from convatlas.site.pages.compare_data import comparison_data
from convatlas.site.pages.compare_layer import compared_layer_pages
from convatlas.site.pages.custom import custom_pages
from convatlas.site.pages.filter import filter_pages
from convatlas.site.pages.filter_groups import filter_group_pages
from convatlas.site.pages.home import home_pages
from convatlas.site.pages.images import image_pages
from convatlas.site.pages.layer import layer_pages
from convatlas.site.pages.network import network_pages
from convatlas.site.pages.search import search_pages
from convatlas.site.pages.sitemap import sitemap
from convatlas.site.pages.timeline import timeline_pages
from convatlas.site.templating import theme as look
from convatlas.site.templating.errors import template_errors_located
from convatlas.site.templating.own_folders import own_folder
from convatlas.site.thumbnails import thumbnail
from convatlas.ui.filter_layout import FilterLayout, PageEach, SharedPages
from convatlas.ui.page import Page, Site, data

WHOLE = (
    search_pages,
    lens_pages,
    home_pages,
    custom_pages,
)
"""Functions that make the pages about the whole atlas; all of them are quick."""

COMPARING = (comparison_pages, compared_layer_pages)
"""Functions that make the pages about two networks that are compared."""

OF_FILTERS: Mapping[type[FilterLayout], Callable[[Site, Network, Layer], Iterator[Page]]] = {
    PageEach: filter_pages,
    SharedPages: filter_group_pages,
}
"""The function that makes the pages of a layer's filters, by layout."""

NOT_LISTED = b"<meta name=robots content=noindex>"
"""The tag in pages that search engines must not list, as templates are thinned."""


def pages(
    manifest: Manifest, theme: Path | None = None, read: Callable[[str], bytes] | None = None
) -> Iterator[Page]:
    """Yield every page, data file and static file of the site: its path from the root, its bytes.

    Args:
        theme: a folder whose ``templates`` and ``static`` take precedence over ours.
        read: returns the bytes of a picture, given its SHA-256; for pictures embedded in pages.

    Raises:
        SiteError: the theme's folder does not exist, or one of its templates has mistakes.
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
    """Return what all pages are made from; arguments and errors are those of ``pages``."""
    return Site(manifest, look.environment(theme), look.static(theme), thumbnail, class_parts, read)


def parts(site: Site) -> list[Callable[[], Iterator[Page]]]:
    """Return independent functions that yield pages, roughly in descending order of work."""
    networks, compared = site.manifest["networks"], comparisons(site.manifest)
    layers = [(network, layer) for network in networks for layer in network["layers"]]
    of_filters = OF_FILTERS[type(site.layout)]
    layers.sort(key=lambda pair: -len(pair[1]["filters"]))
    makers: list[Callable[[], Iterator[Page]]] = [
        partial(image_pages, site),
        *(partial(of_filters, site, network, layer) for network, layer in layers),
        *(partial(layer_pages, site, network, layer) for network, layer in layers),
        *(partial(network_pages, site, network) for network in networks),
        *(partial(make, site, each) for each in compared for make in COMPARING),
        *(partial(timeline_pages, site, each) for each in timelines(site.manifest)),
        *(partial(comparison_data, each) for each in compared),
        *(partial(make, site) for make in WHOLE),
        lambda: iter(site.assets.values()),
        lambda: iter([("atlas.json", data(atlas_json(site.manifest)))]),
    ]
    return [partial(_with_located_errors, make) for make in makers]


def _with_located_errors(make: Callable[[], Iterator[Page]]) -> Iterator[Page]:
    """Yield pages; errors in a template are reported with its file and line."""
    with template_errors_located(own_folder("templates")):
        yield from make()


def is_listed(path: str, content: bytes) -> bool:
    """Return whether a file is a page that search engines may list."""
    return path.endswith(".html") and NOT_LISTED not in content


def closing(site: Site, listed: Sequence[str]) -> Iterator[Page]:
    """Yield the files that depend on all other pages; ``listed`` are the paths of listed pages."""
    if site.manifest["url"]:
        yield from sitemap(site.manifest["url"], listed)
