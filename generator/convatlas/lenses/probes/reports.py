"""The check for probes' pages that are too large."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from convatlas.lenses.parts.reports import Reports

MOST_BYTES = 3_000_000
"""Maximum size of a probe's page with its own pictures, in bytes."""

_PAGE = re.compile(r"probes/[^/]+/[^/]+/index\.html$")
_SPRITE = re.compile(r"(.+)-(maps|deconvnet|guided|gradient)-[0-9a-f]+\.\w+$")


class ProbesReports(Reports):
    """Probes' pages that are too large with their pictures, and the largest layer of each.

    The filters' own pictures are not counted: they are loaded only when they become visible.
    """

    folder = "probes"

    def faults(self, files: Mapping[str, int]) -> Iterator[str]:
        """Yield the probes' pages that are too large."""
        pictures: dict[str, list[str]] = {}
        for path in files:
            if path.startswith("probes/") and not path.endswith((".html", ".json")):
                pictures.setdefault(posixpath.dirname(path), []).append(path)
        for page in sorted(files):
            if _PAGE.match(page):
                yield from _fault(page, pictures.get(posixpath.dirname(page), []), files)


def _fault(page: str, pictures: Iterable[str], files: Mapping[str, int]) -> Iterator[str]:
    total = files[page] + sum(files[path] for path in pictures)
    if total > MOST_BYTES:
        size = f"{total / 10**6:.1f} MB with its pictures, more than {MOST_BYTES / 10**6:g}"
        yield f"{page}: {size}{_heaviest(pictures, files)}; choose fewer `layers:` for the probe"


def _heaviest(pictures: Iterable[str], files: Mapping[str, int]) -> str:
    """Return a clause about the layer with the largest pictures; "" without pictures."""
    layers: Counter[str] = Counter()
    for path in pictures:
        if sprite := _SPRITE.match(posixpath.basename(path)):
            layers[sprite[1]] += files[path]
    clauses = (f"; {layer} takes {size / 1000:.0f} KB" for layer, size in layers.most_common(1))
    return "".join(clauses)
