"""The manifest's entries for the prune audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, cast

from convatlas.lenses.prune.records import NAME, PruneData
from convatlas.model.manifest import Manifest, atlas_entry


class PruneEntry(TypedDict):
    """The prune audit of a network."""

    csv: str
    """The file with a row for each filter, from the site's root."""
    audit: PruneData


def audits(manifest: Manifest) -> Mapping[str, PruneEntry]:
    """Return the prune audits by the names of the networks that have one, in their order."""
    return cast("Mapping[str, PruneEntry] | None", atlas_entry(manifest, NAME)) or {}
