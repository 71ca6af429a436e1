"""Whether a site holds together: links, sizes, budgets."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from convatlas.errors import SiteError
from convatlas.site.tree import scan

GIGABYTE = 10**9
MOST_BYTES = GIGABYTE
"""What GitHub Pages publishes."""
MOST_FILES = 100_000
"""What the larger hosts take; the free ones stop at 20,000."""
SHARES = {
    "html": 8_000,
    "maximize": 23_000,
    "kernels": 1_000,
    "examples": 3_000,
    "attribution": 27_000,
}
"""Bytes for each filter page that a kind of file may take before it is named as too large."""

PROBE = 3_000_000
"""Bytes that a probe's page and its own pictures may take together."""

LENSES = {
    "kernel": "kernels",
    "heat": "examples",
    "crops": "examples",
    "deconvnet": "attribution",
    "guided": "attribution",
    "gradient": "attribution",
}
"""Which lens a filter's picture is of, by its name; all others are of ``maximize``."""

_LINKS = {"href", "src", "xlink:href", "action", "poster", "data"}
_PICTURE = re.compile(r"\d+-(.+)-[0-9a-f]+\.\w+$")
_FILTER = re.compile(r"[^/]+/[^/]+/\d+\.html$")
_PROBE = re.compile(r"probes/[^/]+/[^/]+/index\.html$")
_SPRITE = re.compile(r"(.+)-(maps|deconvnet|guided|gradient)-[0-9a-f]+\.\w+$")
_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass(frozen=True)
class Report:
    """What was found: ``findings`` are faults, ``notes`` are worth knowing."""

    files: int
    bytes: int
    sizes: Mapping[str, int]  # bytes by kind: html, data, static, images, and the lenses' names
    findings: tuple[str, ...]
    notes: tuple[str, ...]


class _Page(HTMLParser):
    """The links and ids of one page, and what a strict content policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.faults: list[str] = []
        self._inline: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        external = "external" in (given.get("rel") or "").split()
        for name, value in attrs:
            if name in _LINKS and value is not None and not external:
                self.links.append(value)
            if name == "style" or name.startswith("on"):
                self.faults.append(f"an inline {name} attribute, which the content policy blocks")
            if name == "id" and value:
                if value in self.ids:
                    self.faults.append(f"the id {value} twice")
                self.ids.add(value)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"an inline {tag}, which the content policy blocks")


def check(out: Path) -> Report:
    """Reads every page of the site in ``out`` and follows every link on disk.

    :raises SiteError: there is no site in ``out``.
    """
    if not (out / "index.html").is_file():
        raise SiteError(f"{out} holds no site; run convatlas build first")
    standing, strange, _ = scan(out)
    findings = [f"{path}: neither a file nor a folder" for path in sorted(strange)]
    pages = {path: _read(out / path) for path in sorted(standing) if path.endswith(".html")}
    for path, page in pages.items():
        findings += [f"{path}: {fault}" for fault in page.faults]
        for link in page.links:
            findings += _broken(path, link, standing, pages)
    for path in sorted(standing):
        if path.endswith(".css"):
            findings += _styles(path, (out / path).read_text("utf-8"), standing)
    sizes: Counter[str] = Counter()
    for path, file in standing.items():
        sizes[_kind(path)] += file.size
    findings += _probes({path: file.size for path, file in standing.items()})
    total, filters = sum(sizes.values()), sum(bool(_FILTER.match(path)) for path in pages)
    over, notes = _budgets(total, len(standing), sizes, filters)
    return Report(
        len(standing), total, dict(sorted(sizes.items())), (*findings, *over), tuple(notes)
    )


def _read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text("utf-8"))
    page.close()
    return page


def _broken(
    path: str, link: str, files: Mapping[str, object], pages: Mapping[str, _Page]
) -> Iterator[str]:
    """What is wrong with a link on the page ``path``, if anything."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        yield f"{path}: {link} leaves the site; make it relative, or mark it rel=external"
        return
    target = path
    if parts.path:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
    if target not in files:
        yield f"{path}: {link} leads to {target}, which is no file of the site"
    elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        yield f"{path}: {link} names the id {parts.fragment}, which {target} does not have"


def _styles(path: str, text: str, files: Mapping[str, object]) -> Iterator[str]:
    for found in _URL.finditer(text):
        yield from _broken(path, found[1] or found[2], files, {})


def _kind(path: str) -> str:
    name = posixpath.basename(path)
    if name.endswith(".html"):
        return "html"
    if name.endswith(".json"):
        return "data"
    if path.startswith("static/"):
        return "static"
    if path.startswith(("probes/", "hypotheses/")):
        return path.partition("/")[0]
    picture = _PICTURE.match(name)
    if path.startswith("images/") or picture is None:
        return "images"
    return LENSES.get(picture[1], "maximize")


def _probes(files: Mapping[str, int]) -> Iterator[str]:
    """Pages of probes that are too large with their pictures, and the layer that takes most.

    The filters' own pictures stand elsewhere, and are loaded only when they are looked at.
    """
    pictures: dict[str, list[str]] = {}
    for path in files:
        if path.startswith("probes/") and path.endswith(".webp"):
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


def _budgets(
    total: int, files: int, sizes: Mapping[str, int], filters: int
) -> tuple[list[str], list[str]]:
    """Findings and notes on the size of the site, naming what takes more than its share."""
    heavy = [
        f"{kind} takes {sizes[kind] / filters / 1000:.1f} KB a filter of {share / 1000:g}"
        for kind, share in SHARES.items()
        if filters and sizes.get(kind, 0) > share * filters
    ]
    findings, notes = [], []
    size = f"the site has {total / 10**6:,.0f} MB of {MOST_BYTES / 10**6:,.0f}"
    if total > MOST_BYTES:
        findings.append("; ".join([f"{size}, more than GitHub Pages publishes", *heavy]))
    elif total > 0.8 * MOST_BYTES:
        notes.append("; ".join([f"{size}, close to what GitHub Pages publishes", *heavy]))
    if files > MOST_FILES:
        notes.append(f"the site has {files:,} files; some hosts take {MOST_FILES:,} at most")
    return findings, notes
