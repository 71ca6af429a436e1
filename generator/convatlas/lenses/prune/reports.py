"""What the prune audit adds to the output of ``build``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convatlas.lenses.parts.reports import Reports
from convatlas.lenses.prune.entries import audits
from convatlas.lenses.prune.records import NAME
from convatlas.lenses.prune.text import closing
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json


class PruneReports(Reports):
    """What is left of each network."""

    def summary(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the audits by network, without the filters, which ``prune.csv`` has."""
        found = {
            name: {key: value for key, value in entry["audit"].items() if key != "filters"}
            for name, entry in audits(manifest).items()
        }
        return {NAME: found} if found else {}

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield a line for each network with an audit."""
        for name, entry in audits(manifest).items():
            yield closing(name, entry["audit"])
