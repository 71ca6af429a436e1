"""The search page, and the help page, whose examples are from this atlas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

from convatlas.model.manifest import Filter, Layer
from convatlas.site.compared import comparisons
from convatlas.site.exports.search_index import labels, search_index
from convatlas.site.overviews import found_pages, help_entries
from convatlas.ui.page import Page, Site, script

INDEX = "search/index.js"
"""The path of the index, from the site's root."""


class SearchExample(NamedTuple):
    """An example of what to search for: a filter, and the label that excites it most."""

    layer: str
    number: int
    word: str | None


class SearchContext(TypedDict):
    """The context of ``search.html``, in addition to that of all pages."""

    sought: SearchExample | None
    """None in an atlas without filters."""


class HelpContext(SearchContext):
    """The context of ``help.html``, in addition to that of all pages."""

    entries: Sequence[tuple[str, str, str]]
    """(address from the root, name, description) of further kinds of pages."""


def search_pages(site: Site) -> Iterator[Page]:
    """Yield the search page, the help page, and the search index."""
    search: SearchContext = {"sought": sought(site)}
    yield site.page("search.html", "search/index.html", [site.top], **search)
    help: HelpContext = {**search, "entries": _entries(site)}
    yield site.page("help.html", "help/index.html", [site.top], **help)
    index = search_index(
        site.manifest["networks"],
        found_pages(site.manifest),
        files=site.layout.has_picture_files,
    )
    yield script(INDEX, index)


def _entries(site: Site) -> list[tuple[str, str, str]]:
    own = [
        (each["href"], "comparison", "Two networks side by side: which filters changed, and how.")
        for each in comparisons(site.manifest)[:1]
    ]
    return [*own, *help_entries(site.manifest)]


def sought(site: Site) -> SearchExample | None:
    """Return the last filter with the label that excites most filters; None without filters."""
    examples = [_sought(filter, layer) for filter, layer, _ in site.tiles.filters.values()]
    words = Counter(each.word for each in examples if each.word)
    word = max(words, key=words.__getitem__, default=None)
    return next((each for each in reversed(examples) if each.word == word), None)


def _sought(filter: Filter, layer: Layer) -> SearchExample:
    return SearchExample(layer["name"], filter["index"], next(iter(labels(filter)), None))
