"""The lens ``circuits``: what makes filters respond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    preprocessing_json,
    shared_key,
)
from convatlas.lenses.circuits.options import Circuits as Options
from convatlas.lenses.circuits.overview import CircuitsOverview
from convatlas.lenses.circuits.records import LAYER, NAME
from convatlas.lenses.circuits.reports import CircuitsReports
from convatlas.lenses.circuits.section import CircuitsSection
from convatlas.lenses.circuits.table import CircuitsTable
from convatlas.lenses.circuits.view import CircuitsView
from convatlas.lenses.examples.options import Examples
from convatlas.lenses.examples.records import NAME as EXAMPLES
from convatlas.lenses.examples.records import read_examples
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Circuits(Lens):
    """For each filter, the filters before it that make it respond, and those after it.

    A drop is what a response at the peak of a strongest image loses if an input is set to its mean
    on this edge alone, by real ablation. The share of an input is that of the response's variance
    over all positions of all images.
    """

    name = NAME
    version = 5
    seconds = 0.02
    reads = (EXAMPLES,)
    options = Options
    section = CircuitsSection()
    table = CircuitsTable()
    view = CircuitsView()
    overview = CircuitsOverview()
    reports = CircuitsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield a request for each filter and for each layer, once all strongest images are known.

        The records depend on the whole network, the image set, and the selection of filters.
        """
        options, examples = context.options(Options), context.options(Examples)
        network = context.network
        if options is None or examples is None or context.images is None or network.single:
            return
        chosen = {layer.name: list(filters) for layer, filters in context.layers() if layer.reached}
        places = ((name, index) for name, filters in chosen.items() for index in filters)
        if not all(read_examples(records, name, index) for name, index in places):
            return
        shared = shared_key(
            self,
            network=network.fingerprint,
            preprocessing=preprocessing_json(context),
            images=context.images.fingerprint,
            top=examples.top,
            inputs=options.inputs,
            filters=chosen,
        )
        for layer, filters in context.layers():
            if layer.consumed is not None and not layer.dynamic:
                items: list[int | str] = [*filters, LAYER]
                for item in items:
                    own = key(shared, f"{layer.name}/{item}")
                    yield RecordRequest(own, NAME, layer.name, item)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Make two passes over the images, then yield a batch for each layer."""
        from convatlas.lenses.circuits.render import render

        return render(context, requests)
