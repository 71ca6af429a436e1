"""The kinds of files in a site, their size budgets, and the limits of hosts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Set
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from convatlas.images.codecs.registry import format_named
from convatlas.lenses.parts.reports import Budget
from convatlas.lenses.registry import lenses

MOST_BYTES = 10**9
"""The largest site that GitHub Pages publishes. It has no limit on the number of files."""
SHARE = 37_000
"""The size budget of a filter in bytes, so that 26,560 of them (ResNet-50) stay below that."""
MOST_FILES = ((20_000, "several free hosts"), (100_000, "the larger ones"))
"""Maximum numbers of files at other hosts, and what these hosts are."""


class Share(NamedTuple):
    """The size budget of a kind of file."""

    bytes: int
    """Bytes per filter."""
    lens: str
    """The lens that the kind belongs to; "" if the kind is named after it."""


OWN = {
    **dict.fromkeys(("search", "about", "help"), "pages"),
    **{folder: folder for folder in ("static", "images", "compare")},
}
"""The kinds of files that belong to no lens, by folder."""

_PICTURE = re.compile(r"\d+-(.+)-[0-9a-f]+\.\w+$")
_LAYER_PICTURE = re.compile(r"([a-z]+)-[0-9a-f]{8}\.\w+$")
_FILTERS = re.compile(r"[^/]+/[^/]+/(\d+|filters-\d+)\.html$")


@cache
def shares() -> Mapping[str, Share]:
    """Return the budget of each kind of file, in the order of the report."""
    entries = [
        (0, "html", Share(17_000, "")),
        (50, "data", Share(3_000, "")),
        (600, "sprites", Share(3_000, "thumbnails")),
    ]
    for lens, budget in _budgets():
        if budget.bytes is not None:
            own = "" if budget.kind == lens else lens
            entries.append((budget.place, budget.kind, Share(budget.bytes, own)))
    return {kind: share for _, kind, share in sorted(entries)}


def _budgets() -> list[tuple[str, Budget]]:
    """Return the budgets of all lenses by place, each with the lens's name."""
    pairs = [(lens.name, budget) for lens in lenses() for budget in lens.reports.budgets]
    return sorted(pairs, key=lambda entry: entry[1].place)


@cache
def _folders() -> Mapping[str, str]:
    """Return the kinds of files by folder at the site's root."""
    return OWN | {lens.reports.folder: lens.reports.folder for lens in lenses()}


@cache
def _network_folders() -> Set[str]:
    """Return the folders within those of networks that are kinds of files."""
    return {lens.reports.network_folder for lens in lenses()} - {""}


@cache
def _picture(stem: str) -> str:
    """Return the kind of a filter's or a layer's picture.

    ``stem`` is its name without index and digest.
    """
    for _, budget in _budgets():
        if any(fnmatchcase(stem, pattern) for pattern in budget.patterns):
            return budget.kind
    return "others"


def kind(path: str) -> str:
    """Return the kind of a file, given its path from the site's root."""
    folder, name = path.partition("/")[0], posixpath.basename(path)
    if folder in _folders() and folder != path:
        return _folders()[folder]
    inner = path.split("/")[1:-1]
    if inner and inner[0] in _network_folders():
        return inner[0]
    if name.endswith(".html"):
        if name.startswith("filters-"):
            return "gathered"  # with embedded pictures
        return "html" if _FILTERS.match(path) else "pages"
    if name.startswith("sprite-"):
        return "sprites"
    picture = _PICTURE.match(name)
    of_layer = _LAYER_PICTURE.match(name)
    if of_layer and _picture(of_layer[1]) != "others":
        return _picture(of_layer[1])
    if picture is None:
        return "pages" if format_named(name) or name.endswith((".svg", ".png")) else "data"
    return _picture(picture[1])


def is_of_filters(path: str) -> bool:
    """Return whether a path is the page of one filter or of several."""
    return kind(path) in ("html", "gathered")


def heavy(sizes: Mapping[str, int], filters: int) -> Iterator[str]:
    """Yield a sentence for each kind of file that exceeds its budget.

    Args:
        sizes: bytes by kind.
        filters: the number of filters in the site.
    """
    for name, share in shares().items():
        size = sizes.get(name, 0)
        if size > share.bytes * filters > 0:
            each = f"{size / filters / 1000:.1f} KB a filter of {share.bytes / 1000:g}"
            own = f"{name} of {share.lens}" if share.lens else name
            yield f"{own} takes {each}"


def limits(
    total: int, files: int, sizes: Mapping[str, int], filters: int
) -> tuple[list[str], list[str]]:
    """Return findings and notes on the size of the site, with the kinds over their budgets.

    Args:
        total: the size of the site in bytes.
        files: the number of files.
        sizes: bytes by kind.
        filters: the number of filters.
    """
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
    """Yield the faults of the lenses' pages; ``files`` maps paths to sizes in bytes."""
    for lens in lenses():
        yield from lens.reports.faults(files)
