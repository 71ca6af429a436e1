"""One's own pages, the glossary, and the page that a host shows where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from markupsafe import Markup

from convatlas.ui.page import Page, Site

ABOUT = ("about/index.html", "About")


def custom_pages(site: Site) -> Iterator[Page]:
    """The glossary, one's own pages, and `404.html` where the site's address is known."""
    yield site.page("glossary.html", "about/glossary.html", [site.top, ABOUT])
    for page in site.manifest["pages"]:
        body = Markup(page["html"])
        crumbs = [site.top, ABOUT]
        yield site.page("page.html", page["href"], crumbs, page=page, body=body)
    if site.manifest["url"]:
        yield _missing(site)


def _missing(site: Site) -> Page:
    """Shown below any address that does not exist, so that its links begin at the host's root."""
    root = urlsplit(site.manifest["url"]).path
    return site.page("404.html", "404.html", [site.top], root=root)
