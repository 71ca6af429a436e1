"""The prune audit's part of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.parts.section import Section
from convatlas.lenses.prune.entries import PruneEntry
from convatlas.lenses.prune.records import NAME, read_audit
from convatlas.model.manifest import Network
from convatlas.ui.network_results import NetworkResults

FILE = "prune.csv"


class PruneSection(Section):
    """The audits of all networks that have one."""

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the audits under "prune", by the networks' names."""
        found: dict[str, PruneEntry] = {
            network["name"]: {"csv": f"{network['slug']}/{FILE}", "audit": audit}
            for each, network in zip(results, networks, strict=True)
            if (audit := read_audit(each.records))
        }
        return {NAME: found} if found else {}
