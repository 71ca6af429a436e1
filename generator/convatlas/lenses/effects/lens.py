"""The lens ``effects``: what filters do to the network's output."""

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
from convatlas.lenses.effects.changes import EffectsChanges
from convatlas.lenses.effects.last_hidden import last_hidden
from convatlas.lenses.effects.options import Effects as Options
from convatlas.lenses.effects.overview import EffectsOverview
from convatlas.lenses.effects.records import EFFECTS, LAYER, NAME, PREDICTIONS, TARGET
from convatlas.lenses.effects.reports import EffectsReports
from convatlas.lenses.effects.section import EffectsSection
from convatlas.lenses.effects.table import EffectsTable
from convatlas.lenses.effects.view import EffectsView
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest


class Effects(Lens):
    """For each filter, what the scores of classes lose without it, or a number of the user's own.

    An effect is the first-order prediction of mean ablation: the sum over positions of the gradient
    times (activation - mean), as in attribution patching. For each layer, it is tested by real
    ablation.
    """

    name = NAME
    version = 7
    seconds = 0.02
    options = Options
    section = EffectsSection()
    view = EffectsView()
    table = EffectsTable()
    overview = EffectsOverview()
    reports = EffectsReports()
    changes = EffectsChanges()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield a request for each filter, for each layer, and for the network.

        The records depend on the whole network and the image set.
        """
        options = context.options(Options)
        if options is None or context.images is None:
            return
        if options.target is None and not context.network.scores:
            return
        shared = shared_key(
            self,
            network=context.network.fingerprint,
            **_determinants(context, options),
            preprocessing=preprocessing_json(context),
            images=context.images.fingerprint,
            baseline=options.baseline,
            **({"exact": options.exact} if options.exact else {}),
        )
        last = last_hidden(context)
        for layer, filters in context.layers():
            if layer.consumed is not None:
                for index in filters:
                    own = key(shared, f"{layer.name}/{index}")
                    yield RecordRequest(own, NAME, layer.name, index)
                item = f"{LAYER}/{EFFECTS}" if layer == last else LAYER
                yield RecordRequest(key(shared, f"{layer.name}/{item}"), NAME, layer.name, LAYER)
        whole = PREDICTIONS if options.target is None else TARGET
        layers = ",".join(layer.name for layer, _ in context.layers())
        yield RecordRequest(key(shared, f"{whole}/{layers}"), NAME, None, whole)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Make one pass over all images, then yield a batch for each layer."""
        from convatlas.lenses.effects.render import render

        return render(context, requests)


def _determinants(context: PlanContext, options: Options) -> dict[str, Json]:
    """Return what the number is made from that effects are effects on."""
    if options.target is None:
        return {"classes": context.network.classes}
    return {"target": context.functions[options.target].digest}
