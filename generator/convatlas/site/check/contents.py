"""Check that every file of a site holds what was published; all cores read files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from convatlas.site.output.digests import in_name
from convatlas.site.output.fork_pool import helpers, shared
from convatlas.site.output.marker import MARKER, Marker
from convatlas.site.output.tree import listing

TOGETHER = 500
"""Files per job."""
MANY = 5000
"""Number of files from which forking pays off."""

UNKNOWN = (
    f"there is no {MARKER} of this version with the digests of pages and data files, so that only "
    "pictures were compared with what was published; the next build writes it"
)


def changed(out: Path, sizes: Mapping[str, int], marker: Marker | None) -> list[str]:
    """Return a sentence for each file that is missing, too many, or not as it was published.

    Args:
        sizes: of all files of the site in ``out``, in bytes.
        marker: what was published; without it, only pictures can be checked, by their names.
    """
    digests = marker.digests if marker else {}
    expected = {path: digests.get(path) or in_name(path) for path in sizes}
    found = [f"{path}: published, but missing" for path in digests.keys() - sizes.keys()]
    if marker:
        found += [f"{path}: not published" for path, digest in expected.items() if not digest]
    found += _damaged(out, {path: digest for path, digest in expected.items() if digest})
    if marker and not found and listing(sizes) != marker.listing:
        found.append("pictures are missing, or there are too many: build again")
    return sorted(found)


def _damaged(out: Path, expected: Mapping[str, str]) -> list[str]:
    paths = sorted(expected)
    parts = [paths[start : start + TOGETHER] for start in range(0, len(paths), TOGETHER)]
    comparison = _Comparison(out, expected)
    jobs = [partial(comparison.read, part) for part in parts]
    copies = helpers() if len(paths) >= MANY else 0
    for other in shared(jobs, lambda: None, lambda: comparison.found, copies, nullcontext):
        comparison.found += other
    return comparison.found


@dataclass
class _Comparison:
    """Compares files with the beginnings of their digests."""

    out: Path
    expected: Mapping[str, str]
    found: list[str] = field(default_factory=list)

    def read(self, paths: Sequence[str]) -> None:
        for path in paths:
            data = (self.out / path).read_bytes()
            if not hashlib.sha256(data).hexdigest().startswith(self.expected[path]):
                what = "changed since it was published" if data else "empty"
                self.found.append(f"{path}: {what}; build again to mend it")
