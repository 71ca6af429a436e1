"""The page that says how to read the others."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.site.search import sought
from convatlas.site.site import Page, Site


def help_pages(site: Site) -> Iterator[Page]:
    """How to read the pages, what one can search for, and the keys."""
    yield site.page("help.html", "help/index.html", [site.top], sought=sought(site))
