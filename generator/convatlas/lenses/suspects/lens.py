"""The lens ``suspects``: what looks odd about classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    shared_key,
)
from convatlas.lenses.effects.records import NAME as EFFECTS
from convatlas.lenses.examples.records import NAME as EXAMPLES
from convatlas.lenses.suspects.options import Suspects as Options
from convatlas.lenses.suspects.overview import SuspectsOverview
from convatlas.lenses.suspects.records import FOUND, NAME
from convatlas.lenses.suspects.reports import SuspectsReports
from convatlas.lenses.suspects.section import SuspectsSection
from convatlas.lenses.suspects.sources import Sources, digests, has_classes
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Suspects(Lens):
    """One record of a network, once the effects and the examples of all its layers are known.

    It comes from records alone: nothing is shown to the network.
    """

    name = NAME
    version = 1
    reads = (EFFECTS, EXAMPLES)
    seconds = 1
    options = Options
    section = SuspectsSection()
    overview = SuspectsOverview()
    reports = SuspectsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield the request, if there are classes with enough images.

        Its record depends on the effects and the examples, and on which filters the atlas shows.
        """
        options = context.options(Options)
        if options is None or context.images is None or not has_classes(records, options.images):
            return
        sources = Sources.of(context, records)
        if sources is None:
            return
        shared = shared_key(self, images=options.images, **sources.determinants)
        recipe = {"images": options.images, **sources.blobs}
        yield RecordRequest(key(shared, FOUND), NAME, None, FOUND, recipe=recipe)

    def pictures(self, request: RecordRequest) -> Iterable[str]:
        """Return the blobs with effects on single images, and what filters answer to images."""
        return digests(request.recipe)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield the record."""
        from convatlas.lenses.suspects.render import render

        return render(context, requests)
