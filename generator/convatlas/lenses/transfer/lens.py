"""The lens ``transfer``: what filters answer to the pictures of other networks' filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    response_inputs,
    shared_key,
)
from convatlas.lenses.transfer.options import Transfer as Options
from convatlas.lenses.transfer.overview import TransferOverview
from convatlas.lenses.transfer.records import NAME, role
from convatlas.lenses.transfer.section import TransferSection
from convatlas.lenses.transfer.table import TransferTable
from convatlas.lenses.transfer.view import TransferView
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Transfer(Lens):
    """One record for each picture of another network, among those of the network that judges it."""

    name = NAME
    divisible = True
    version = 1
    seconds = 0.01
    options = Options
    section = TransferSection()
    view = TransferView()
    table = TransferTable()
    overview = TransferOverview()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield one request for each picture; its record depends on the file and on the twin."""
        if context.options(Options) is None or not context.foreign:
            return
        layers = {layer.name: layer for layer in context.network.layers}
        shared = {
            name: shared_key(
                self,
                sight=response_inputs(context, layers[name]),
                size=context.network.preprocessing.size,
            )
            for name in {foreign.twin_layer for foreign in context.foreign}
        }
        for foreign in context.foreign:
            yield RecordRequest(
                key(
                    shared[foreign.twin_layer],
                    f"{foreign.twin}/{foreign.picture}/{foreign.made_for}",
                ),
                NAME,
                foreign.twin_layer,
                foreign.twin,
                role(foreign),
                {"picture": foreign.picture, "made_for": list(foreign.made_for)},
            )

    def pictures(self, request: RecordRequest) -> Iterable[str]:
        """Return the picture that the filter is shown."""
        return (request.recipe["picture"],)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each layer."""
        yield from grouped(requests, layer_of).values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield batches of pictures that are shown to one layer."""
        from convatlas.lenses.transfer.render import render

        return render(context, requests)
