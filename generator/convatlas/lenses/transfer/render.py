"""Show pictures to a network that they were not made for."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convatlas.errors import NetworkError, describe
from convatlas.images.codecs.decode import decode
from convatlas.lenses.base import Batch, Failed, RenderContext, grouped, layer_of
from convatlas.lenses.transfer.records import TransferData
from convatlas.model.records import Layer, Record, RecordRequest
from convatlas.network.preprocess import at_own_scale
from convatlas.network.responses import as_inputs, tap, tap_of

log = logging.getLogger("convatlas.transfer")

PICTURES = 8
"""Pictures that are shown at once; fewer are filled up, because last bits depend on the number."""


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Yield batches of pictures that are shown to one layer; if it fails, the rest is given up."""
    count = 1 if context.plan.network.single else PICTURES
    for name, group in grouped(requests, layer_of).items():
        done = 0
        try:
            for done in range(0, len(group), count):
                yield _batch(context, context.layer(name), group[done : done + count], count)
        except Exception as error:  # the network is the user's code and may raise anything
            log.debug("%s", name, exc_info=True)
            yield Failed(group[done:], f"pictures of other networks at {name}: {describe(error)}")


def _batch(
    context: RenderContext, layer: Layer, requests: Sequence[RecordRequest], count: int
) -> Batch:
    shown = [requests[place % len(requests)] for place in range(count)]
    response = _response(context, layer, _inputs(context, shown))
    batch: Batch = []
    for place, request in enumerate(requests):
        highest = math.nan
        if response is not None:
            highest = response[place, int(request.item)].max().item()
        data: TransferData = {"response": highest if math.isfinite(highest) else None}
        batch.append((request, Record(data)))
    return batch


def _inputs(context: RenderContext, requests: Sequence[RecordRequest]) -> Tensor:
    """Return the pictures as published, at the scale at which their own network saw them."""
    preprocessing = context.plan.network.preprocessing
    pixels = [
        at_own_scale(
            Image.fromarray(decode(context.stored[each.recipe["picture"]])),
            each.recipe["made_for"],
            preprocessing,
        )
        for each in requests
    ]
    return as_inputs(np.stack(pixels), preprocessing, context.device)


def _response(context: RenderContext, layer: Layer, inputs: Tensor) -> Tensor | None:
    """Return the layer's response [n, filters, h, w]; None if the pictures do not reach it.

    Raises:
        NetworkError: the layer does not return one map for each picture.
    """
    found: list[Tensor] = []
    with torch.inference_mode():
        if tap(context.module, inputs, {tap_of(layer): found.append}):
            return None
    if len(found[0]) != len(inputs):
        raise NetworkError(f"{len(inputs)} pictures are answered with {len(found[0])} maps")
    return found[0]
