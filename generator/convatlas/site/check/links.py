"""Read every page of a site: its links, and what its sections take; all cores help."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from convatlas.site.check import sections
from convatlas.site.check.budgets import kind
from convatlas.site.check.html_scan import read
from convatlas.site.output.fork_pool import helpers, shared

TOGETHER = 100
"""Pages per job."""
MANY = 1000
"""Number of pages from which forking pays off."""
ABOUT_FILTERS = {"html", "gathered"}
"""The kinds of pages whose sections are told."""
LONGEST = 120
"""Maximum length of a link in a message, in characters."""

_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass(frozen=True)
class Pages:
    """What was found in the pages of a site."""

    faults: list[str]
    """Of pages and style sheets, sorted."""
    sections: Counter[str]
    """Bytes of the sections of filter pages, by their ids."""


def read_pages(out: Path, files: Collection[str], targets: Collection[str] | None = None) -> Pages:
    """Read the pages and style sheets of the site in ``out``.

    Args:
        files: the paths of all files of the site, relative to ``out``.
        targets: the paths that links may lead to; by default, ``files``.
    """
    pages = sorted(path for path in files if path.endswith(".html"))
    results = _Results(out, files, files if targets is None else targets)
    parts = [pages[start : start + TOGETHER] for start in range(0, len(pages), TOGETHER)]
    jobs = [partial(results.read, part) for part in parts]
    copies = helpers() if len(pages) >= MANY else 0
    for other in shared(jobs, results.read_styles, lambda: results, copies, nullcontext):
        results.add(other)
    return Pages(sorted([*results.faults, *results.missing()]), results.sections)


@dataclass
class _Results:
    """The faults so far, and the ids in links, which are looked up at the end, page by page."""

    out: Path
    files: Collection[str]
    may_lead_to: Collection[str]
    faults: list[str] = field(default_factory=list)
    targets: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """By page and id that links lead to: the first page with such a link, and the link."""
    sections: Counter[str] = field(default_factory=Counter)

    def __getstate__(self) -> dict[str, object]:
        return {
            **self.__dict__,
            "files": (),
            "may_lead_to": (),
        }  # the process that receives this has them

    def add(self, other: _Results) -> None:
        """Merge the results of another process."""
        self.faults += other.faults
        self.sections += other.sections
        for place, link in other.targets.items():
            self.targets[place] = min(link, self.targets.get(place, link))

    def read(self, pages: Sequence[str]) -> None:
        """Read pages, and follow their links to files."""
        for path in pages:
            text = self._text(path)
            page = read(text)
            if kind(path) in ABOUT_FILTERS:
                self.sections += sections.of_page(text)
            self.faults += [f"{path}: {fault}" for fault in page.faults]
            for link in page.links:
                if link[:1] != "#":
                    self._follow(path, link.removeprefix(page.root))
                elif unquote(link[1:]) not in page.ids and link != "#":
                    self.faults.append(_missing_id(path, link, link[1:], path))

    def read_styles(self) -> None:
        """Read the style sheets, and follow their links to files."""
        for path in self.files:
            if path.endswith(".css"):
                for match in _URL.finditer(self._text(path)):
                    self._follow(path, match[1] or match[2])

    def _text(self, path: str) -> str:
        return (self.out / path).read_text("utf-8", "replace")  # a damaged file is told elsewhere

    def _follow(self, path: str, link: str) -> None:
        parts = urlsplit(link)
        shown = link if len(link) <= LONGEST else f"{link[:LONGEST]}…"
        if parts.scheme or parts.netloc or parts.path.startswith("/"):
            self.faults.append(
                f"{path}: {shown} leaves the site; make it relative, or mark it rel=external"
            )
            return
        folder = posixpath.dirname(path)
        target = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
        if parts.path and target not in self.may_lead_to:
            self.faults.append(f"{path}: {shown} leads to {target}, which is no file of the site")
        elif parts.fragment and target.endswith(".html"):
            place = (target, unquote(parts.fragment))
            self.targets[place] = min((path, link), self.targets.get(place, (path, link)))

    def missing(self) -> list[str]:
        """Return the faults of links to missing ids: one for each such id."""
        pages = sorted({target for target, _ in self.targets})
        ids = {page: read(self._text(page)).ids for page in pages}
        return [
            _missing_id(path, link, id, target)
            for (target, id), (path, link) in self.targets.items()
            if id not in ids[target]
        ]


def _missing_id(path: str, link: str, id: str, target: str) -> str:
    return f"{path}: {link} names the id {id}, which {target} does not have"
