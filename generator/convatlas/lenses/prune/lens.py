"""The lens ``prune``: what is left of a network whose least important filters are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from convatlas.lenses.effects.options import Effects as Options
from convatlas.lenses.effects.records import LAYER, LOSSES, PREDICTIONS, read_blob
from convatlas.lenses.effects.records import NAME as EFFECTS
from convatlas.lenses.prune.overview import PruneOverview
from convatlas.lenses.prune.records import AUDIT, NAME
from convatlas.lenses.prune.reports import PruneReports
from convatlas.lenses.prune.section import PruneSection
from convatlas.lenses.prune.view import PruneView
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Prune(Lens):
    """One record of a network, once the effects of all its layers are known.

    It is on if ``effects`` has the option ``prune``, which lists the shares.
    """

    name = NAME
    version = 2
    reads = (EFFECTS,)
    seconds = 120
    section = PruneSection()
    view = PruneView()
    overview = PruneOverview()
    reports = PruneReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield the request; its record depends on the effects, and on what they depend on."""
        options = context.options(Options)
        if options is None or not options.prune or context.images is None:
            return
        names = [layer.name for layer, _ in context.layers() if layer.consumed is not None]
        wanted: list[tuple[str | None, str]] = [(name, LAYER) for name in names]
        known = [records.all(EFFECTS, *place) for place in [(None, PREDICTIONS), *wanted]]
        if not names or not all(known):
            return
        shares = sorted(set(options.prune))
        shared = shared_key(
            self,
            effects=[found[0][0].key for found in known],
            network=context.network.fingerprint,
            preprocessing=preprocessing_json(context),
            images=context.images.fingerprint,
            shares=shares,
        )
        losses = {name: found for name in names if (found := read_blob(records, name, LOSSES))}
        recipe = {"shares": shares, "losses": losses}
        yield RecordRequest(key(shared, AUDIT), NAME, None, AUDIT, recipe=recipe)

    def pictures(self, request: RecordRequest) -> Iterable[str]:
        """Return the blobs with the effects on the losses of single images."""
        return [digest for digest, _ in request.recipe["losses"].values()]

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield the record."""
        from convatlas.lenses.prune.render import render

        return render(context, requests)
