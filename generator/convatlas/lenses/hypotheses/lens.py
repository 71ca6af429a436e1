"""The lens ``hypotheses``: how strongly filters respond to pictures of what is claimed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convatlas.errors import describe
from convatlas.images.codecs.webp import SETTINGS, encode
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    grouped,
    key,
    preprocessing_json,
    response_inputs,
    shared_key,
)
from convatlas.lenses.hypotheses.overview import HypothesesOverview
from convatlas.lenses.hypotheses.records import NAME, MeansData
from convatlas.lenses.hypotheses.reports import HypothesesReports
from convatlas.lenses.hypotheses.section import HypothesesSection
from convatlas.lenses.hypotheses.view import HypothesesView
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest, short

if TYPE_CHECKING:
    import torch

log = logging.getLogger("convatlas.hypotheses")

PICTURE = "picture"
"""The role of the record that shows a picture as the network sees it."""


class Hypotheses(Lens):
    """For each picture that tests a claim, the mean responses of all filters of its layer."""

    name = NAME
    version = 1
    seconds = 0.05
    section = HypothesesSection()
    view = HypothesesView()
    overview = HypothesesOverview()
    reports = HypothesesReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield a request for each picture and layer, and one for each published picture."""
        layers = {layer.name: layer for layer in context.network.layers}
        shown = shared_key(self, preprocessing=preprocessing_json(context), encoder=SETTINGS)
        for claim in context.hypotheses:
            layer = layers[claim.layer]
            shared = shared_key(
                self,
                sight=response_inputs(context, layer),
                preprocessing=preprocessing_json(context),
            )
            for picture in claim.pictures:
                yield RecordRequest(key(shared, picture), self.name, layer.name, picture)
                if picture not in claim.hidden:
                    yield RecordRequest(key(shown, picture), self.name, None, picture, PICTURE)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each picture."""
        yield from grouped(requests, _picture).values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield a batch for each picture, from one forward pass."""
        for picture, group in grouped(requests, _picture).items():
            try:
                yield from _measured(context, picture, group)
            except Exception as error:  # the network is the user's code and may raise anything
                log.debug("%s", picture, exc_info=True)
                yield Failed(group, f"hypotheses: {describe(error)}")


def _picture(request: RecordRequest) -> str:
    return str(request.item)


def _measured(
    context: RenderContext, picture: str, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed]:
    from convatlas.network.preprocess import prepare

    pixels = prepare(context.shown[picture](), context.plan.network.preprocessing)
    layers = {request.layer for request in requests if request.layer is not None}
    means = _means(context, pixels, layers) if layers else {}
    done: Batch = []
    for request in requests:
        if request.layer is None:
            done.append((request, Record({}, {"picture": encode(pixels)})))
        elif request.layer not in means:
            reason = f"the picture does not reach {request.layer}; the network takes another path"
            yield Failed([request], f"hypotheses: {reason}")
        elif np.isfinite(means[request.layer]).all():
            data: MeansData = {"means": means[request.layer]}
            done.append((request, Record(data)))
        else:
            reason = f"{request.layer}: a response is not finite; look at its weights"
            yield Failed([request], f"hypotheses: {reason}")
    yield done


def _means(
    context: RenderContext, pixels: NDArray[np.uint8], layers: Collection[str]
) -> dict[str, list[float]]:
    """Return the mean responses of all filters of the layers that one forward pass reaches."""
    import torch

    from convatlas.network.responses import as_inputs, tap, tap_of

    inputs = as_inputs(pixels[None], context.plan.network.preprocessing, context.device)
    means: dict[str, list[float]] = {}

    def receiver(name: str) -> Callable[[torch.Tensor], None]:
        def receive(response: torch.Tensor) -> None:
            means[name] = [short(mean) for mean in response[0].cpu().double().mean((1, 2)).tolist()]

        return receive

    taps = {tap_of(context.layer(name)): receiver(name) for name in layers}
    with torch.inference_mode():
        tap(context.module, inputs, taps)
    return means
