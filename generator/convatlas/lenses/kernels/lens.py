"""The convolution's own weights as small pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from convatlas.errors import RenderError
from convatlas.images.codecs.webp import LARGEST, encode_lossless
from convatlas.images.colour import diverging
from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    grouped,
    key,
    layer_of,
    shared_key,
)
from convatlas.lenses.kernels.options import Kernels as Options
from convatlas.lenses.kernels.overview import KernelsOverview, KernelsReports
from convatlas.lenses.kernels.records import NAME, KernelData, Mode
from convatlas.lenses.kernels.section import KernelsSection
from convatlas.lenses.kernels.sprite import KernelsSprite
from convatlas.lenses.kernels.table import KernelsTable
from convatlas.lenses.kernels.view import KernelsView
from convatlas.lenses.parts.convolving_weights import convolving_weight
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, Record, RecordRequest

Floats = NDArray[np.float32]


class Kernels(Lens):
    """Each filter's kernel: in colour on a picture's channels, else its strongest input slices."""

    name = NAME
    divisible = True
    version = 1
    section = KernelsSection()
    sprite = KernelsSprite()
    seconds = 0.001
    options = Options
    view = KernelsView()
    overview = KernelsOverview()
    reports = KernelsReports()
    table = KernelsTable()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Request one record per filter; it depends on the layer's own weights alone.

        A kernel that is computed from the picture is not one kernel, and is not drawn.
        """
        options = context.options(Options)
        if options is None:
            return
        for layer, filters in context.layers():
            if layer.dynamic:
                continue
            shared = shared_key(
                self,
                weights=layer.weights,
                groups=layer.groups,
                transposed=layer.transposed,
                slices=options.slices,
            )
            for index in filters:
                yield RecordRequest(key(shared, index), self.name, layer.name, index)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each layer."""
        yield from grouped(requests, layer_of).values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield one batch per layer."""
        from convatlas.network.weights import layer_weights

        options = context.plan.options(Options)
        assert options is not None
        for name, group in grouped(requests, layer_of).items():
            layer = context.layer(name)
            weight = convolving_weight(context, layer)
            if weight is None:
                raise RenderError(f"{layer.name}: its kernels cannot be found")
            weights = layer_weights(weight, layer)
            yield [
                (
                    request,
                    kernel_record(weights[request.item], layer, int(request.item), options.slices),
                )
                for request in group
                if isinstance(request.item, int)
            ]


def kernel_record(kernel: Floats, layer: Layer, index: int, slices: Json) -> Record:
    """Return the record of one filter's kernel, given as [input slices, height, width]."""
    norms = np.sqrt((kernel.astype(np.float64) ** 2).sum(axis=(1, 2)))
    if not np.isfinite(norms).all():
        raise RenderError(f"{layer.name}/{index}: the weights are not finite; train it anew")
    direct = layer.groups == 1 and layer.channels in (1, 3)
    order = np.arange(len(kernel)) if direct else np.argsort(-norms, kind="stable")
    most = LARGEST // kernel.shape[2]
    shown = order if direct else order[: most if slices == "all" else min(slices, most)]
    offset = index // (layer.filters // layer.groups) * len(kernel)
    mode: Mode = ("grey" if layer.channels == 1 else "colour") if direct else "slices"
    picture = as_colours(kernel) if direct else as_strip(kernel, shown)
    data: KernelData = {
        "mode": mode,
        "size": list(kernel.shape[1:]),
        "inputs": len(kernel),
        "slices": [{"channel": offset + int(i), "norm": float(norms[i])} for i in shown],
    }
    return Record(data, {"kernel": encode_lossless(picture)})


def as_colours(kernel: Floats) -> NDArray[np.uint8]:
    """Draw a kernel on one or three input channels as a picture; mid-grey is zero."""
    values = scaled(kernel) * 127.5 + 127.5
    return np.repeat(np.round(values).astype(np.uint8).transpose(1, 2, 0), 3 // len(kernel), axis=2)


def as_strip(kernel: Floats, shown: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Draw slices side by side: red excites, blue inhibits, on one scale for the whole filter."""
    return diverging(np.concatenate(list(scaled(kernel)[shown]), axis=1))


def scaled(kernel: Floats) -> Floats:
    """Divide a kernel by its largest magnitude: values from -1 to 1; all zero stays zero."""
    largest = float(np.abs(kernel).max())
    return kernel / largest if largest > 0 else kernel
