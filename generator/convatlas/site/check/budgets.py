"""What kinds of files a site has, what they may take, and what hosts take."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from convatlas.images.codecs.registry import format_named

MOST_BYTES = 10**9
"""What GitHub Pages publishes. It does not count files."""
MOST_FILES = ((20_000, "several free hosts"), (100_000, "the larger ones"))
"""How many files other hosts take, and which."""
PROBE = 3_000_000
"""Bytes that a probe's page and its own pictures may take together."""


class Share(NamedTuple):
    """What a kind of file may take for each filter, and of which lens it is."""

    bytes: int
    lens: str


SHARES = {
    "html": Share(8_000, "the filters' pages"),
    "positive": Share(9_000, "maximize"),
    "negative": Share(5_000, "maximize"),
    "second": Share(5_000, "maximize"),
    "history": Share(4_000, "maximize"),
    "heat": Share(3_000, "examples"),
    "sprites": Share(3_000, "thumbnails"),
    "kernels": Share(1_000, "kernels"),
    "attribution": Share(27_000, "attribution"),
}

KINDS = {
    "positive": "positive",
    "negative": "negative",
    "second": "second",
    "kernel": "kernels",
    "heat": "heat",
    "crops": "crops",
    "deconvnet": "attribution",
    "guided": "attribution",
    "gradient": "attribution",
}
"""The kind of a filter's picture by its name; all others are pictures by further recipes."""

_FOLDERS = ("static", "images", "probes", "hypotheses", "search", "about", "help")
_PICTURE = re.compile(r"\d+-(.+)-[0-9a-f]+\.\w+$")
_FILTERS = re.compile(r"[^/]+/[^/]+/(\d+|filters-\d+)\.html$")
_PROBE = re.compile(r"probes/[^/]+/[^/]+/index\.html$")
_SPRITE = re.compile(r"(.+)-(maps|deconvnet|guided|gradient)-[0-9a-f]+\.\w+$")


def kind(path: str) -> str:
    """The kind of a file, by its path from the site's root."""
    folder, name = path.partition("/")[0], posixpath.basename(path)
    if folder in _FOLDERS and folder != path:
        return "pages" if folder in ("search", "about", "help") else folder
    if name.endswith(".html"):
        if name.startswith("filters-"):
            return "gathered"  # with their pictures inside
        return "html" if _FILTERS.match(path) else "pages"
    if name.startswith("sprite-"):
        return "sprites"
    picture = _PICTURE.match(name)
    if picture is None:
        return "pages" if format_named(name) or name.endswith((".svg", ".png")) else "data"
    return "history" if picture[1].endswith("history") else KINDS.get(picture[1], "recipes")


def is_of_filters(path: str) -> bool:
    """Whether a page is of a filter, or of several."""
    return bool(_FILTERS.match(path))


def heavy(sizes: Mapping[str, int], filters: int) -> Iterator[str]:
    """The lenses that are over their share, by what."""
    for name, share in SHARES.items():
        taken = sizes.get(name, 0)
        if taken > share.bytes * filters > 0:
            each = f"{taken / filters / 1000:.1f} KB a filter of {share.bytes / 1000:g}"
            own = name if share.lens == name or name == "html" else f"{name} of {share.lens}"
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


def probes(files: Mapping[str, int]) -> Iterator[str]:
    """Pages of probes that are too large with their pictures, and the layer that takes most.

    The filters' own pictures stand elsewhere, and are loaded only when they are looked at.
    """
    pictures: dict[str, list[str]] = {}
    for path in files:
        if path.startswith("probes/") and not path.endswith((".html", ".json")):
            pictures.setdefault(posixpath.dirname(path), []).append(path)
    for page in sorted(files):
        if _PROBE.match(page):
            own = pictures.get(posixpath.dirname(page), [])
            total = files[page] + sum(files[path] for path in own)
            if total > PROBE:
                size = f"{total / 10**6:.1f} MB with its pictures, more than {PROBE / 10**6:g}"
                yield f"{page}: {size}{_heaviest(own, files)}; choose fewer `layers:` for the probe"


def _heaviest(pictures: Iterable[str], files: Mapping[str, int]) -> str:
    """The layer whose pictures take most."""
    layers: Counter[str] = Counter()
    for path in pictures:
        if sprite := _SPRITE.match(posixpath.basename(path)):
            layers[sprite[1]] += files[path]
    told = (f"; {layer} takes {size / 1000:.0f} KB" for layer, size in layers.most_common(1))
    return "".join(told)
