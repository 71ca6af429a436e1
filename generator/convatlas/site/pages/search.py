"""The search page, and the help that says what to search for, with examples from this atlas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

from convatlas.model.manifest import Filter, Layer
from convatlas.site.exports.search_index import labels, search_index
from convatlas.site.overviews import help_entries
from convatlas.ui.page import Page, Site, script

INDEX = "search/index.js"
"""Where the index is, from the site's root."""


class Sought(NamedTuple):
    """What one can search this atlas for, by way of example: a filter, and what excites it."""

    layer: str
    number: int
    word: str | None


class SearchContext(TypedDict):
    """What ``search.html`` reads beside what all pages do."""

    sought: Sought | None
    """None in an atlas without filters."""


class HelpContext(SearchContext):
    """What ``help.html`` reads beside what all pages do."""

    entries: Sequence[tuple[str, str, str]]
    """(address from the root, name, what it is) of the lenses' pages."""


def search_pages(site: Site) -> Iterator[Page]:
    """Yield the search page, the help, and the index that scripts read."""
    search: SearchContext = {"sought": sought(site)}
    yield site.page("search.html", "search/index.html", [site.top], **search)
    help: HelpContext = {**search, "entries": help_entries(site.manifest)}
    yield site.page("help.html", "help/index.html", [site.top], **help)
    index = search_index(site.manifest["networks"], files=site.layout.has_picture_files)
    yield script(INDEX, index)


def sought(site: Site) -> Sought | None:
    """Return the last filter with the label that excites most filters."""
    every = [_sought(filter, layer) for filter, layer, _ in site.tiles.filters.values()]
    words = Counter(one.word for one in every if one.word)
    word = max(words, key=words.__getitem__, default=None)
    return next((one for one in reversed(every) if one.word == word), None)


def _sought(filter: Filter, layer: Layer) -> Sought:
    return Sought(layer["name"], filter["index"], next(iter(labels(filter)), None))
