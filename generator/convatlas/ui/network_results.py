"""What one network brings to the site, before it is laid out as the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convatlas.model.edits import EditFacts
from convatlas.model.facts import ForeignPicture, Hypothesis, ImageSetFacts, NetworkFacts, Probe
from convatlas.model.record_index import RecordIndex


@dataclass(frozen=True)
class NetworkResults:
    """What one network brings to the site."""

    network: NetworkFacts
    filters: Mapping[str, Sequence[int]]  # the chosen filters of each chosen layer
    images: ImageSetFacts | None
    records: RecordIndex
    probes: Sequence[Probe] = ()
    hypotheses: Sequence[Hypothesis] = ()
    foreign: Sequence[ForeignPicture] = ()  # pictures of other networks that it was shown
    edits: Sequence[EditFacts] = ()  # under which its images are shown again
    publish: str = "full"  # what of its images may be shown
