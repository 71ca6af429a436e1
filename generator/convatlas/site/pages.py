"""Every page and data file of the site, one after another, from the manifest alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from convatlas.site import theme as look
from convatlas.site.faces import Fact
from convatlas.site.filter_pages import filter_pages
from convatlas.site.home_pages import home_pages
from convatlas.site.hypothesis_pages import hypothesis_pages
from convatlas.site.image_pages import image_pages
from convatlas.site.layer_pages import layer_pages
from convatlas.site.network_pages import network_pages
from convatlas.site.overview import overview
from convatlas.site.probe_pages import probe_pages
from convatlas.site.site import Page, Site, data


def pages(manifest: Fact, theme: Path | None = None) -> Iterator[Page]:
    """Every page, data file and static file of the site: its path from the root, and its bytes.

    :param manifest: what the site holds, as ``site.manifest`` makes it.
    :param theme: a folder whose ``templates`` and ``static`` go before ours.
    :raises SiteError: the theme's folder does not exist.
    """
    site = Site(manifest, look.environment(theme), look.static(theme))
    yield from site.assets.values()
    yield from home_pages(site)
    for network in manifest["networks"]:
        yield from network_pages(site, network)
        for layer in network["layers"]:
            yield from layer_pages(site, network, layer)
            yield from filter_pages(site, network, layer)
    yield from image_pages(site)
    yield from probe_pages(site)
    yield from hypothesis_pages(site)
    yield "atlas.json", data(overview(manifest))
