"""What kinds of files a site has, what they may take, and what hosts take."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from convatlas.images.codecs.registry import format_named
from convatlas.lenses.parts.reports import Budget
from convatlas.lenses.registry import lenses

MOST_BYTES = 10**9
"""What GitHub Pages publishes. It does not count files."""
MOST_FILES = ((20_000, "several free hosts"), (100_000, "the larger ones"))
"""How many files other hosts take, and which."""


class Share(NamedTuple):
    """What a kind of file may take."""

    bytes: int
    """For each filter."""
    lens: str
    """Whose it is; "" if the kind's name says that."""


OWN = {"static": "static", "images": "images", "search": "pages", "about": "pages", "help": "pages"}
"""The kinds of files that no lens has, by their folder."""

_PICTURE = re.compile(r"\d+-(.+)-[0-9a-f]+\.\w+$")
_FILTERS = re.compile(r"[^/]+/[^/]+/(\d+|filters-\d+)\.html$")


@cache
def shares() -> Mapping[str, Share]:
    """Return what each kind of file may take, in the order in which that is told."""
    found = [(0, "html", Share(8_000, "")), (600, "sprites", Share(3_000, "thumbnails"))]
    for lens, budget in _budgets():
        if budget.bytes is not None:
            own = "" if budget.kind == lens else lens
            found.append((budget.place, budget.kind, Share(budget.bytes, own)))
    return {kind: share for _, kind, share in sorted(found)}


def _budgets() -> list[tuple[str, Budget]]:
    """The names of lenses, each with one of its budgets."""
    every = [(lens.name, budget) for lens in lenses() for budget in lens.reports.budgets]
    return sorted(every, key=lambda entry: entry[1].place)


@cache
def _folders() -> Mapping[str, str]:
    """The kinds of files by the folder at the site's root."""
    return OWN | {lens.reports.folder: lens.reports.folder for lens in lenses()}


@cache
def _picture(stem: str) -> str:
    """The kind of a filter's picture; ``stem`` is its name after the filter's index."""
    for _, budget in _budgets():
        if any(fnmatchcase(stem, pattern) for pattern in budget.patterns):
            return budget.kind
    return "others"


def kind(path: str) -> str:
    """The kind of a file, by its path from the site's root."""
    folder, name = path.partition("/")[0], posixpath.basename(path)
    if folder in _folders() and folder != path:
        return _folders()[folder]
    if name.endswith(".html"):
        if name.startswith("filters-"):
            return "gathered"  # with their pictures inside
        return "html" if _FILTERS.match(path) else "pages"
    if name.startswith("sprite-"):
        return "sprites"
    picture = _PICTURE.match(name)
    if picture is None:
        return "pages" if format_named(name) or name.endswith((".svg", ".png")) else "data"
    return _picture(picture[1])


def is_of_filters(path: str) -> bool:
    """Whether a page is of a filter, or of several."""
    return bool(_FILTERS.match(path))


def heavy(sizes: Mapping[str, int], filters: int) -> Iterator[str]:
    """The lenses that are over their share, by what."""
    for name, share in shares().items():
        taken = sizes.get(name, 0)
        if taken > share.bytes * filters > 0:
            each = f"{taken / filters / 1000:.1f} KB a filter of {share.bytes / 1000:g}"
            own = f"{name} of {share.lens}" if share.lens else name
            yield f"{own} takes {each}"


def limits(
    total: int, files: int, sizes: Mapping[str, int], filters: int
) -> tuple[list[str], list[str]]:
    """Findings and notes on the size of the site, naming what takes more than its share."""
    findings, notes = [], []
    size = f"the site has {total / 10**6:,.0f} MB of {MOST_BYTES / 10**6:,.0f}"
    over = list(heavy(sizes, filters))
    if total > MOST_BYTES:
        findings.append("; ".join([f"{size}, more than GitHub Pages publishes", *over]))
    elif total > 0.8 * MOST_BYTES:
        notes.append("; ".join([f"{size}, close to what GitHub Pages publishes", *over]))
    passed = [f"{most:,} ({which})" for most, which in MOST_FILES if files > most]
    if passed:
        notes.append(
            f"the site has {files:,} files; GitHub Pages counts none, other hosts take "
            f"{' or '.join(passed)} at most: `site: {{pages: layer}}` makes far fewer"
        )
    return findings, notes


def faults(files: Mapping[str, int]) -> Iterator[str]:
    """Yield what is wrong with the pages of lenses; ``files`` are sizes by path."""
    for lens in lenses():
        yield from lens.reports.faults(files)
