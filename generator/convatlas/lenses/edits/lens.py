"""The lens ``edits``: the images once more, each with a change to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convatlas.images.codecs.webp import SETTINGS
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    preprocessing_json,
    shared_key,
)
from convatlas.lenses.edits.cost import seconds
from convatlas.lenses.edits.options import Edits as Options
from convatlas.lenses.edits.overview import EditsOverview
from convatlas.lenses.edits.records import NAME, PICTURES
from convatlas.lenses.edits.reports import EditsReports
from convatlas.lenses.edits.section import EditsSection
from convatlas.lenses.edits.table import EditsTable
from convatlas.lenses.edits.view import EditsView
from convatlas.model.edits import EditFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest, digest


class Edits(Lens):
    """For each edit, which filters notice it, what it does to the scores, and what carries that.

    Off unless the atlas has ``edits``: each of them takes a pass over the images.
    """

    name = NAME
    version = 3
    options = Options
    section = EditsSection()
    view = EditsView()
    table = EditsTable()
    overview = EditsOverview()
    reports = EditsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield a request for each layer and edit, and one or two for the edit as a whole.

        The records depend on the whole network, by which a change is traced to filters, on the
        image set and on the edit; not on the other edits.
        """
        options = context.options(Options)
        if options is None or context.images is None:
            return
        layers = [layer.name for layer, _ in context.layers() if layer.reached]
        for edit in context.edits:
            shared = shared_key(
                self,
                network=context.network.fingerprint,
                single=context.network.single,
                preprocessing=preprocessing_json(context),
                images=context.images.fingerprint,
                most=options.images,
                edit=_determinants(edit),
            )
            for layer in layers:
                yield RecordRequest(key(shared, layer), NAME, layer, edit.name)
            whole = digest([layers, context.network.classes])
            yield RecordRequest(key(shared, f"whole/{whole}"), NAME, None, edit.name)
            if context.policy.publish != "none":
                yield self._pictures(context, options, edit)

    def guess(self, context: PlanContext, requests: Sequence[RecordRequest]) -> float:
        """Return roughly the seconds for passes over the images; pictures take none."""
        options = context.options(Options)
        assert options is not None
        edits = {str(each.item) for each in requests if each.role != PICTURES}
        return seconds(context, edits, options.images) if edits else 0.0

    def _pictures(self, context: PlanContext, options: Options, edit: EditFacts) -> RecordRequest:
        """Return the request for an edit's pictures, which depend on no network but its input."""
        assert context.images is not None
        shared = shared_key(
            self,
            preprocessing=preprocessing_json(context),
            images=context.images.fingerprint,
            most=options.images,
            edit=_determinants(edit),
            publish=context.policy.publish,
            encoder=SETTINGS,
        )
        return RecordRequest(key(shared, PICTURES), NAME, None, edit.name, role=PICTURES)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Make one pass over the images for all edits, as far as memory allows."""
        from convatlas.lenses.edits.render import render

        return render(context, requests)


def _determinants(edit: EditFacts) -> Json:
    return [edit.name, edit.fingerprint, edit.turns, edit.moves]
