"""Check a published site: contents, links, sizes, budgets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.site.check import budgets, sections
from convatlas.site.check.contents import UNKNOWN, changed
from convatlas.site.check.links import read_pages
from convatlas.site.output.kept import Kept
from convatlas.site.output.marker import read_marker
from convatlas.site.output.tree import os_errors_explained, scan


@dataclass(frozen=True)
class Report:
    """The result of a check: ``findings`` are faults, ``notes`` are worth knowing."""

    files: int
    bytes: int
    most_bytes: int  # the limit of GitHub Pages
    filters: int
    sizes: Mapping[str, int]  # bytes by kind: "html", "positive", "heat", "sprites", ...
    parts: Mapping[str, Mapping[str, int]]  # bytes of "html" by section, of "data" by key
    shares: Mapping[str, int]  # budget of each kind, in bytes per filter
    share: int  # budget of all kinds together, in bytes per filter
    over: tuple[str, ...]  # sentences on the kinds over their budgets
    findings: tuple[str, ...]
    notes: tuple[str, ...]


def check(out: Path) -> Report:
    """Read every file of the site in ``out``, and follow every link on disk.

    A person's own files that the build was told to keep count for its size, and links may lead to
    them; nothing else about them is checked.

    Raises:
        SiteError: there is no site in ``out``.
    """
    if not (out / "index.html").is_file():
        raise SiteError(f"{out} holds no site; run convatlas build first")
    with os_errors_explained(out, "read"):
        marker = read_marker(out)
        everything, strange, _ = scan(out)
        kept = Kept(marker.keep if marker else ())
        files = {path: file.size for path, file in everything.items()}
        own = {path: size for path, size in files.items() if path not in kept}
        found = [
            f"{path}: neither a file nor a folder" for path in sorted(strange) if path not in kept
        ]
        found += changed(out, own, marker)
        pages = read_pages(out, own.keys(), files.keys())
        found += pages.faults
        found += budgets.faults(own)
    sizes: Counter[str] = Counter()
    for path, size in files.items():
        sizes[budgets.kind(path)] += size
    filters, total = _filters(out, files), sum(files.values())
    findings, notes = budgets.limits(total, len(files), sizes, filters)
    return Report(
        files=len(files),
        bytes=total,
        most_bytes=budgets.MOST_BYTES,
        filters=filters,
        sizes=dict(sorted(sizes.items())),
        parts={"html": dict(pages.sections), "data": dict(sections.of_data(out, own))},
        share=budgets.SHARE,
        shares={kind: share.bytes for kind, share in budgets.shares().items() if sizes.get(kind)},
        over=tuple(budgets.heavy(sizes, filters)),
        findings=(*found, *findings),
        notes=(*notes, *(() if marker else (UNKNOWN,))),
    )


def _filters(out: Path, paths: Iterable[str]) -> int:
    """Return the number of filters as in ``atlas.json``; without it, the number of their pages."""
    try:
        atlas = json.loads((out / "atlas.json").read_bytes())
        return sum(int(network["filters"]) for network in atlas["networks"])
    except (OSError, ValueError, KeyError, TypeError):
        return sum(map(budgets.is_of_filters, paths))
