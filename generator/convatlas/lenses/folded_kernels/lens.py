"""The kernels of networks that are compared, kept as numbers; pages do not show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convatlas.errors import RenderError
from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    layer_of,
    shared_key,
)
from convatlas.lenses.folded_kernels.records import KERNELS, LAYER, NAME, FoldedKernelsData
from convatlas.lenses.parts.convolving_weights import convolving_weight
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest


class FoldedKernels(Lens):
    """One record for each layer of a network that is compared with another."""

    name = NAME
    version = 1
    seconds = 0.01

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Request a record for each layer whose kernels are the same for every picture."""
        if not context.comparisons:
            return
        for layer, _ in context.layers():
            if layer.reached and not layer.dynamic:
                shared = shared_key(self, ancestors=layer.upstream_digest)
                yield RecordRequest(key(shared, LAYER), self.name, layer.name, LAYER)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield one batch per layer."""
        from convatlas.network.folded_kernels import folded_kernels

        for request in requests:
            layer = context.layer(layer_of(request))
            weight = convolving_weight(context, layer)
            if weight is None:
                raise RenderError(f"{layer.name}: its kernels cannot be found")
            kernels = folded_kernels(context.module, layer, weight)
            data: FoldedKernelsData = {"shape": list(kernels.shape)}
            yield [(request, Record(data, blobs={KERNELS: kernels.astype("<f4").tobytes()}))]
