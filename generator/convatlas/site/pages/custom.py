"""Custom pages, the glossary, and the page for addresses that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict
from urllib.parse import urlsplit

from markupsafe import Markup

from convatlas.model.manifest import CustomPage
from convatlas.ui.page import Page, Site

ABOUT = ("about/index.html", "About")


class CustomPageContext(TypedDict):
    """The context of ``page.html``, in addition to that of all pages."""

    page: CustomPage
    body: Markup


def custom_pages(site: Site) -> Iterator[Page]:
    """Yield the glossary, the custom pages, and ``404.html`` if the site's URL is known."""
    yield site.page("glossary.html", "about/glossary.html", [site.top, ABOUT])
    for page in site.manifest["pages"]:
        context: CustomPageContext = {"page": page, "body": Markup(page["html"])}
        yield site.page("page.html", page["href"], [site.top, ABOUT], **context)
    if site.manifest["url"]:
        yield _missing(site, site.manifest["url"])


def _missing(site: Site, url: str) -> Page:
    """Return the page for missing addresses, whose links start at the host's root."""
    root = urlsplit(url).path
    return site.page("404.html", "404.html", [site.top], root=root)
