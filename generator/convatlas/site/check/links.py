"""Whether every link of a site leads somewhere; pages are read by all cores."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from convatlas.site.check.html_scan import read
from convatlas.site.output.fork_pool import helpers, shared

TOGETHER = 100
"""Pages that are read in one go."""
MANY = 1000
"""Pages from which on copies of this process help."""
LONGEST = 120
"""Letters of a link that are told."""

_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


def faults(out: Path, files: Collection[str]) -> list[str]:
    """What is wrong with the pages and style sheets of the site in ``out``, by their paths."""
    pages = sorted(path for path in files if path.endswith(".html"))
    seen = _Seen(out, files)
    parts = [pages[start : start + TOGETHER] for start in range(0, len(pages), TOGETHER)]
    jobs = [partial(seen.read, part) for part in parts]
    copies = helpers() if len(pages) >= MANY else 0
    for other in shared(jobs, seen.read_styles, lambda: seen, copies, nullcontext):
        seen.add(other)
    return sorted([*seen.faults, *seen.missing()])


@dataclass
class _Seen:
    """What was found so far; ids that links name are looked up at last, page by page."""

    out: Path
    files: Collection[str]
    faults: list[str] = field(default_factory=list)
    named: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Pages and ids that links name, with the first page that does, and its link."""

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "files": ()}  # who gets it from another process has them

    def add(self, other: _Seen) -> None:
        """Takes over what another process found."""
        self.faults += other.faults
        for place, link in other.named.items():
            self.named[place] = min(link, self.named.get(place, link))

    def read(self, pages: Sequence[str]) -> None:
        """Reads pages, and follows their links to files."""
        for path in pages:
            page = read((self.out / path).read_text("utf-8"))
            self.faults += [f"{path}: {fault}" for fault in page.faults]
            for link in page.links:
                if link[:1] != "#":
                    self._follow(path, link.removeprefix(page.root))
                elif unquote(link[1:]) not in page.ids and link != "#":
                    self.faults.append(_no_id(path, link, link[1:], path))

    def read_styles(self) -> None:
        """Reads the style sheets."""
        for path in self.files:
            if path.endswith(".css"):
                for found in _URL.finditer((self.out / path).read_text("utf-8")):
                    self._follow(path, found[1] or found[2])

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
        if parts.path and target not in self.files:
            self.faults.append(f"{path}: {shown} leads to {target}, which is no file of the site")
        elif parts.fragment and target.endswith(".html"):
            place = (target, unquote(parts.fragment))
            self.named[place] = min((path, link), self.named.get(place, (path, link)))

    def missing(self) -> list[str]:
        """Faults of links to ids that are not there: one for each such id."""
        pages = sorted({target for target, _ in self.named})
        ids = {page: read((self.out / page).read_text("utf-8")).ids for page in pages}
        return [
            _no_id(path, link, id, target)
            for (target, id), (path, link) in self.named.items()
            if id not in ids[target]
        ]


def _no_id(path: str, link: str, id: str, target: str) -> str:
    return f"{path}: {link} names the id {id}, which {target} does not have"
