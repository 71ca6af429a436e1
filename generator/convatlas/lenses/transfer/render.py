"""Show pictures to a network that they were not made for."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convatlas.errors import NetworkError, describe
from convatlas.images.codecs.decode import decode
from convatlas.lenses.base import Batch, Failed, RenderContext, grouped, layer_of
from convatlas.lenses.transfer.records import TransferData
from convatlas.model.facts import Layer
from convatlas.model.records import Record, RecordRequest
from convatlas.network.device import reproducible
from convatlas.network.memory import Capacity
from convatlas.network.preprocess import at_own_scale
from convatlas.network.responses import as_inputs, tap, tap_of

log = logging.getLogger("convatlas.transfer")

PICTURES = 8
"""Pictures that are shown at once."""


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Yield batches of pictures that are shown to one layer; if it fails, the rest is given up."""
    capacity = context.once(_capacity)
    for name, group in grouped(requests, layer_of).items():
        done = 0
        try:
            while done < len(group):
                some = partial(_batch, context, context.layer(name), group[done:])
                batch = capacity.run(some, len(group) - done)
                done += len(batch)
                yield batch
        except Exception as error:  # the network is the user's code and may raise anything
            log.debug("%s", name, exc_info=True)
            yield Failed(group[done:], f"pictures of other networks at {name}: {describe(error)}")


def _capacity(context: RenderContext) -> Capacity:
    return Capacity(1 if context.plan.network.single else PICTURES, context.device)


def _batch(
    context: RenderContext, layer: Layer, requests: Sequence[RecordRequest], count: int
) -> Batch:
    """Return the records of the first ``count`` pictures.

    Where bytes are promised, they are filled up, because last bits depend on their number.
    """
    asked = requests[:count]
    full = count
    if reproducible(context.device):
        full = max(count, context.once(_capacity).count)
    shown = [asked[place % len(asked)] for place in range(full)]
    batch: Batch = []
    for request, highest in zip(asked, _highest(context, layer, shown), strict=False):
        data: TransferData = {"response": highest if math.isfinite(highest) else None}
        batch.append((request, Record(data)))
    return batch


def _highest(
    context: RenderContext, layer: Layer, requests: Sequence[RecordRequest]
) -> Sequence[float]:
    """Return each filter's highest response to its picture; NaN if the layer is not reached."""
    response = _response(context, layer, _inputs(context, requests))
    if response is None:
        return [math.nan] * len(requests)
    filters = torch.tensor([int(request.item) for request in requests], device=response.device)
    rows = torch.arange(len(requests), device=response.device)
    found: list[float] = response[rows, filters].amax((1, 2)).tolist()
    return found


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
