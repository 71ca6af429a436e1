"""What suspects add to the output of ``build``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convatlas.lenses.parts.reports import Reports
from convatlas.lenses.suspects.entries import size, suspects
from convatlas.lenses.suspects.records import NAME
from convatlas.lenses.suspects.text import closing
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json


class SuspectsReports(Reports):
    """How many classes look odd."""

    def summary(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return how many classes of each network were looked into, and what was found."""
        found = {
            name: {
                "classes": entry["looked"],
                "suspected": len(entry["classes"]),
                "suspects": sum(map(size, entry["classes"].values())),
            }
            for name, entry in suspects(manifest).items()
        }
        return {NAME: found} if found else {}

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield a line for each network with suspects."""
        for name, entry in suspects(manifest).items():
            if entry["classes"]:
                yield closing(name, entry)
