"""The sitemap: the list of a site's pages for search engines, if the site's URL is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from convatlas.ui.page import Page

MOST = 50_000
"""Maximum number of addresses in a file; for more, there are several files and an index."""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(url: str, pages: Sequence[str]) -> Iterator[Page]:
    """Yield ``sitemap.xml``, its parts if there are several, and ``robots.txt`` if it is effective.

    Args:
        url: the site's URL, with a trailing slash.
        pages: the paths of the pages to list, from the site's root.
    """
    addresses = sorted(_address(url, page) for page in pages)
    parts = [addresses[start : start + MOST] for start in range(0, len(addresses), MOST)]
    if len(parts) == 1:
        yield "sitemap.xml", _file("urlset", "url", addresses)
    else:
        names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
        for name, part in zip(names, parts, strict=True):
            yield name, _file("urlset", "url", part)
        yield "sitemap.xml", _file("sitemapindex", "sitemap", [url + name for name in names])
    if urlsplit(url).path == "/":  # crawlers only read it at a host's root
        yield "robots.txt", f"Sitemap: {url}sitemap.xml\n".encode()


def _address(url: str, page: str) -> str:
    """Return a page's URL; an index page has the URL of its folder, as in its canonical link."""
    folder, slash, name = page.rpartition("/")
    return url + quote(folder + slash + ("" if name == "index.html" else name), safe="/@")


def _file(kind: str, entry: str, addresses: Sequence[str]) -> bytes:
    lines = [f"<{entry}><loc>{escape(address)}</loc></{entry}>" for address in addresses]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{_NAMESPACE}">'
    return "\n".join([head, *lines, f"</{kind}>", ""]).encode()
