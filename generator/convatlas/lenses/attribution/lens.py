"""The lens ``attribution``: the strongest images of each filter, traced back to their pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convatlas.config.section import METHODS
from convatlas.images.codecs.webp import SETTINGS
from convatlas.images.sprites import WORST
from convatlas.lenses.attribution.limits import BYTES, SIDES
from convatlas.lenses.attribution.options import Attribution as Options
from convatlas.lenses.attribution.overview import AttributionOverview, AttributionReports
from convatlas.lenses.attribution.records import NAME
from convatlas.lenses.attribution.section import AttributionSection
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
from convatlas.lenses.examples.records import ExamplesData, read_examples
from convatlas.model.crops import FEW, window
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest, digest


class Attribution(Lens):
    """One sprite for each filter and method, with a tile for each of its strongest images.

    As in the figures of Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks"
    (ECCV 2014): the patches that excite a filter, and the pixels in them that do so.
    """

    name = NAME
    divisible = True
    version = 1
    section = AttributionSection()
    seconds = 0.3
    options = Options
    overview = AttributionOverview()
    reports = AttributionReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield a request for each filter whose strongest images are known, if they may be shown.

        A record depends on these images and the positions in them, not on the rest of the set.
        """
        options = context.options(Options)
        if options is None or context.images is None or context.policy.publish == "none":
            return
        most = options.top if context.policy.publish == "full" else min(options.top, FEW)
        methods = [method for method in METHODS if method in options.methods]
        for layer, filters in context.layers():
            if not layer.reached:
                continue
            shared = shared_key(
                self,
                sight=response_inputs(context, layer),
                preprocessing=preprocessing_json(context),
                methods=methods,
                encoder=SETTINGS,
                limits=[SIDES, BYTES, WORST],
            )
            places: Places = {}
            for index in filters:
                evidence = read_examples(records, layer.name, index)
                cuts = list(_cuts(context, layer, evidence.data, most, places)) if evidence else []
                if cuts:
                    name = digest([index, cuts])
                    recipe = {"methods": methods, "cuts": cuts}
                    yield RecordRequest(
                        key(shared, name), self.name, layer.name, index, recipe=recipe
                    )

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each layer."""
        yield from grouped(requests, layer_of).values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield batches of a few filters of one layer; if a layer fails, the others continue."""
        from convatlas.lenses.attribution.render import render

        return render(context, requests)


Places = dict[tuple[int, int], list[int]]
"""Cached windows [left, top, width, height], by position in a layer's map."""


def _cuts(
    context: PlanContext, layer: Layer, evidence: ExamplesData, most: int, places: Places
) -> Iterator[Json]:
    """Yield each image with its position in the map and its window [left, top, width, height]."""
    size = context.network.preprocessing.size
    for example in evidence["top"][:most]:
        row, column = example["position"]
        if (row, column) not in places:
            cut = window(layer, (row, column), size)
            places[row, column] = [cut.left, cut.top, cut.width, cut.height]
        yield [example["image"], [row, column], places[row, column]]
