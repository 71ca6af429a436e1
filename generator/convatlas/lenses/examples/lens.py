"""The lens ``examples``: the images that excite each filter most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convatlas.images.codecs.webp import SETTINGS
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    grouped,
    key,
    layer_of,
    preprocessing_json,
    response_inputs,
    shared_key,
)
from convatlas.lenses.examples.changes import ExamplesChanges
from convatlas.lenses.examples.options import Examples as Options
from convatlas.lenses.examples.overview import ExamplesOverview, ExamplesReports
from convatlas.lenses.examples.records import NAME
from convatlas.lenses.examples.section import ExamplesSection
from convatlas.lenses.examples.sprite import ExamplesSprite
from convatlas.lenses.examples.table import ExamplesTable
from convatlas.lenses.examples.view import ExamplesView
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest

LEAVE = "leave it out with `layers:`"


class Examples(Lens):
    """Each filter's strongest and weakest images, images along its range, and statistics.

    The strongest images are shown as crops of the receptive field, as in Zeiler and Fergus,
    "Visualizing and Understanding Convolutional Networks" (ECCV 2014).
    """

    name = NAME
    version = 3
    section = ExamplesSection()
    sprite = ExamplesSprite()
    seconds = 0.02
    options = Options
    view = ExamplesView()
    overview = ExamplesOverview()
    reports = ExamplesReports()
    changes = ExamplesChanges()
    table = ExamplesTable()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield one request for each filter.

        Its record depends on the layers before it, the preprocessing and the image set.
        """
        options = context.options(Options)
        if options is None or context.images is None:
            return
        for layer, filters in context.layers():
            if not layer.reached:
                continue
            shared = shared_key(
                self,
                sight=response_inputs(context, layer),
                preprocessing=preprocessing_json(context),
                images=context.images.fingerprint,
                top=options.top,
                lowest=options.lowest,
                heat=SETTINGS if context.policy.heatmaps else None,
            )
            for index in filters:
                yield RecordRequest(key(shared, index), self.name, layer.name, index)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Make one pass over all images, then yield a batch for each layer."""
        from convatlas.lenses.examples.layer_records import LayerRecords
        from convatlas.lenses.examples.scan_images import scan_images

        options = context.plan.options(Options)
        assert options is not None
        assert context.plan.images is not None
        wanted = grouped(requests, layer_of)
        draw, tallies = scan_images(context, [context.layer(name) for name in wanted], options)
        ids = [image.id for image in context.plan.images.images]
        for name, group in wanted.items():
            accumulator = tallies.pop(name)
            if accumulator.uneven:
                yield Failed(group, f"{name} does not answer each picture with a map; {LEAVE}")
                continue
            if not accumulator.sample.reached.any():
                yield Failed(group, _unreached(name, accumulator.moments.images, len(ids)))
                continue
            evidence = LayerRecords(accumulator, draw, ids)
            finite = accumulator.moments.finite.tolist()
            sound = [request for request in group if finite[int(request.item)]]
            yield [(request, evidence.record(int(request.item))) for request in sound]
            if strange := [request for request in group if not finite[int(request.item)]]:
                items = ", ".join(str(request.item) for request in strange)
                reason = "the response to some image is not finite; look for it in the weights"
                yield Failed(strange, f"{name}: {reason} (filters {items})")


def _unreached(layer: str, reaching: int, images: int) -> str:
    """Return why there is no evidence for a layer."""
    none = "none" if not reaching else f"only {reaching}, which is too few to tell anything,"
    return (
        f"{layer} is reached by {none} of the {images} images: the network takes another path;"
        f" {LEAVE}, or add images that reach it"
    )
