"""Render requests for maximised pictures, together for each layer and recipe."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence

from convatlas.errors import RenderError
from convatlas.images.helpers import HelperLost
from convatlas.lenses.base import Batch, Failed, RenderContext, grouped
from convatlas.lenses.maximize.batching import batch_of, threads
from convatlas.lenses.maximize.canvases import canvases, least_canvases
from convatlas.lenses.maximize.encoders import Encoders, encoders_for
from convatlas.lenses.maximize.in_turn import Waiting, in_turn
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.recipe import Recipe, layer_and_recipe
from convatlas.lenses.maximize.render_batches import CanvasRefused, Rendering, render_in
from convatlas.model.records import RecordRequest
from convatlas.network.gradients import NoGradient
from convatlas.network.memory import free_cache, out_of_memory

log = logging.getLogger("convatlas.maximize")


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Render attempts in batches of one layer and recipe, as large as the canvas allows.

    On a GPU, pictures are encoded while the next ones are optimised.
    """
    with encoders_for(context, len(requests)) as encoders:
        yield from render_with(encoders, context, requests)


def render_with(
    encoders: Encoders, context: RenderContext, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed]:
    """Render attempts with given encoders, in the order of layers and recipes."""
    rendering = Rendering(context, encoders)
    groups = grouped(requests, layer_and_recipe).items()
    layers = (_render_layer(rendering, layer, group) for (layer, _), group in groups)
    finished: Iterator[Batch | Failed] = in_turn(layers)
    yield from finished


def _render_layer(
    rendering: Rendering, layer: str, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed | Waiting]:
    """Render requests of one layer and recipe."""
    started = time.monotonic()
    with threads(rendering.context, requests):
        for some in _failing_together(rendering.context, layer, requests):
            yield from _render_alike(rendering, layer, some)
    seconds = time.monotonic() - started
    log.info("%s %s: %d in %.1f s", layer, requests[0].role, len(requests), seconds)


def _failing_together(
    context: RenderContext, layer: str, requests: Sequence[RecordRequest]
) -> Iterator[Sequence[RecordRequest]]:
    """Yield requests of one layer and recipe that share a batch.

    Where the path depends on the picture, they share none: some may leave the layer out.
    """
    if context.layer(layer).conditional:
        yield from ([request] for request in requests)
    else:
        yield requests


def _render_alike(
    rendering: Rendering, layer: str, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed | Waiting]:
    """Render requests of one layer and recipe, on the first canvas that the network takes."""
    left = {request.key: request for request in requests}
    refusals: list[str] = []
    reason = ""
    for how in _canvases(rendering.context, layer, Recipe.of(requests[0].recipe["made"])):
        try:
            for batch in _render_on(rendering, rendering.copies.targets(layer, how), how, left):
                if refusals and not isinstance(batch, Waiting):
                    rendering.copies.refused(layer, refusals[0], how.size)
                    refusals.clear()
                yield batch
            return
        except HelperLost:
            raise
        except CanvasRefused as error:
            refusals.append(str(error))
            reason = " and ".join(dict.fromkeys(refusals))
        except (RenderError, NoGradient) as error:
            reason = str(error)
            break
    yield Failed(list(left.values()), f"{layer}: {reason}")


def _canvases(context: RenderContext, layer: str, wished: Recipe) -> Iterator[Recipe]:
    network = context.plan.network
    least = least_canvases(network.layers, network.preprocessing)
    return canvases(wished, least[layer], network.preprocessing.size)


def _render_on(
    rendering: Rendering,
    targets: Sequence[OptimizationTarget],
    how: Recipe,
    left: dict[str, RecordRequest],
) -> Iterator[Batch | Waiting]:
    """Render what is left on one canvas; what fails in low precision uses float32.

    Raises:
        RenderError: it fails in float32, too.
    """
    for target in targets:
        try:
            batches = _render_group(rendering, target, how, list(left.values()))
            yield from _settling(left, batches)
            return
        except HelperLost:
            raise
        except RenderError as error:
            if target is targets[-1]:
                raise
            log.info("%s in %s: %s", target.layer.name, target.precision, error)


def _settling(
    left: dict[str, RecordRequest], batches: Iterator[Batch | Waiting]
) -> Iterator[Batch | Waiting]:
    """Yield batches, and drop what they hold from what is left."""
    for batch in batches:
        if not isinstance(batch, Waiting):
            for request, _ in batch:
                del left[request.key]
        yield batch


def _render_group(
    rendering: Rendering,
    target: OptimizationTarget,
    how: Recipe,
    requests: Sequence[RecordRequest],
) -> Iterator[Batch | Waiting]:
    """Render all requests of a layer and recipe; with smaller batches if memory runs out.

    Raises:
        RenderError: the network does not run, or not even one picture fits into memory.
    """
    left = {request.key: request for request in requests}
    count = batch_of(rendering.context, target, how, requests)
    while left:
        try:
            batches = render_in(rendering, target, list(left.values()), how, count)
            yield from _settling(left, batches)
            return
        except Exception as error:  # the network is the user's code and may raise anything
            if not out_of_memory(error):
                raise
            if count <= how.members:
                raise RenderError("not even one picture fits into memory") from error
            count = max(how.members, count // 2 // how.members * how.members)
            log.warning("out of memory; going on with %d pictures at once", count)
            rendering.copies.remember(count, how.sizes[-1])
        free_cache(target.device)
