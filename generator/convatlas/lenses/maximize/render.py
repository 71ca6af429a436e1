"""Render requests for maximised pictures, together for each layer and recipe."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from convatlas.errors import RenderError, describe
from convatlas.images.statistics import Statistics
from convatlas.lenses.base import Batch, Failed, RenderContext, grouped
from convatlas.lenses.image_statistics.records import read_statistics
from convatlas.lenses.maximize.batching import batch_of, threads
from convatlas.lenses.maximize.canvases import canvases, least_canvases
from convatlas.lenses.maximize.encode_and_score import auxiliary_images, encode_and_score
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.optimise import optimise
from convatlas.lenses.maximize.optimization_batch import Job, Made, OptimizationTarget
from convatlas.lenses.maximize.recipe import Recipe, layer_and_recipe
from convatlas.lenses.maximize.records import (
    AttemptData,
    GroupData,
    Instead,
    PictureAnswer,
    Provenance,
)
from convatlas.model.records import EncodedPicture, Record, RecordRequest
from convatlas.network.gradients import NoGradient
from convatlas.network.memory import device_failed, free_cache, out_of_memory
from convatlas.network.own_type import type_of

log = logging.getLogger("convatlas.maximize")


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Render attempts in batches of one layer and recipe, as large as the canvas allows."""
    copies = context.once(ModelCopies)
    for (layer, _), group in grouped(requests, layer_and_recipe).items():
        started = time.monotonic()
        with threads(context, group):
            for some in _failing_together(context, layer, group):
                yield from _render_alike(context, copies, layer, some)
        seconds = time.monotonic() - started
        log.info("%s %s: %d in %.1f s", layer, group[0].role, len(group), seconds)


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


class CanvasRefused(RenderError):
    """The network does not run on a canvas."""


def _render_alike(
    context: RenderContext, copies: ModelCopies, layer: str, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed]:
    """Render requests of one layer and recipe, on the first canvas that the network takes."""
    left = {request.key: request for request in requests}
    refusals: list[str] = []
    reason = ""
    for how in _canvases(context, layer, Recipe.of(requests[0].recipe["made"])):
        try:
            for batch in _render_on(context, copies.targets(layer, how), how, left):
                if refusals:
                    copies.refused(layer, refusals[0], how.size)
                    refusals.clear()
                yield batch
            return
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
    context: RenderContext,
    targets: Sequence[OptimizationTarget],
    how: Recipe,
    left: dict[str, RecordRequest],
) -> Iterator[Batch]:
    """Render what is left on one canvas; what fails in low precision uses float32.

    Raises:
        RenderError: it fails in float32, too.
    """
    for target in targets:
        try:
            for batch in _render_group(context, target, how, list(left.values())):
                for request, _ in batch:
                    del left[request.key]
                yield batch
            return
        except RenderError as error:
            if target is targets[-1]:
                raise
            log.info("%s in %s: %s", target.layer.name, target.precision, error)


def _render_group(
    context: RenderContext,
    target: OptimizationTarget,
    how: Recipe,
    requests: Sequence[RecordRequest],
) -> Iterator[Batch]:
    """Render all requests of a layer and recipe; with smaller batches if memory runs out.

    Raises:
        RenderError: the network does not run, or not even one picture fits into memory.
    """
    left = {request.key: request for request in requests}
    count = batch_of(context, target, how, requests)
    while left:
        try:
            for batch in _render_in(context, target, list(left.values()), how, count):
                for request, _ in batch:
                    del left[request.key]
                yield batch
            return
        except Exception as error:  # the network is the user's code and may raise anything
            if not out_of_memory(error):
                raise
            if count <= how.members:
                raise RenderError("not even one picture fits into memory") from error
            count = max(how.members, count // 2 // how.members * how.members)
            log.warning("out of memory; going on with %d pictures at once", count)
            context.once(ModelCopies).remember(count, how.sizes[-1])
        free_cache(target.device)


def _render_in(
    context: RenderContext,
    target: OptimizationTarget,
    requests: Sequence[RecordRequest],
    how: Recipe,
    count: int,
) -> Iterator[Batch]:
    """Yield batches in the order in which pictures are finished.

    Raises:
        CanvasRefused: the network does not run on such a canvas.
        NoGradient: no gradient reaches the layer.
    """
    jobs = [job for request in requests for job in _jobs(request, how.members)]
    reference = _reference(context, target)
    try:
        finished: list[tuple[int, Made]] = []
        for some in optimise(target, jobs, how, count, _statistics(context, how)):
            finished += some
            while len(finished) >= count:
                yield _records(reference, requests, jobs, how, finished[:count], count, target)
                finished = finished[count:]
        if finished:
            yield _records(reference, requests, jobs, how, finished, count, target)
    except NoGradient:
        raise
    except Exception as error:  # the network is the user's code and may raise anything
        if out_of_memory(error):
            raise
        if device_failed(error):
            raise RenderError(f"the device has failed ({describe(error)})") from error
        log.debug("%s", target.layer.name, exc_info=True)
        height, width = how.size
        raise CanvasRefused(
            f"the network does not run on a canvas of {height} x {width} ({describe(error)})"
        ) from error


def _reference(context: RenderContext, target: OptimizationTarget) -> OptimizationTarget:
    """Return the layer of the original network in float32, whose responses are recorded."""
    layer = context.layer(target.layer.name)
    return replace(target, module=context.module, layer=layer, precision=torch.float32)


def _jobs(request: RecordRequest, members: int) -> list[Job]:
    """Return one job per picture of a record; the first uses the record's own key."""
    sign = 1 if request.recipe["direction"] == "positive" else -1
    # The key is a digest, so adding to its upper half gives each member its own random numbers.
    keys = [f"{(int(request.key[:16], 16) + member) % 2**64:016x}" for member in range(members)]
    return [Job(key, int(request.item), sign) for key in keys]


def _statistics(context: RenderContext, how: Recipe) -> Statistics | None:
    if how.colours is None or how.colours["set"] == how.colours["digest"]:
        return None
    record = read_statistics(context.records, how.colours["set"])
    assert record is not None, "asked for once its statistics were known"
    return Statistics.of(record.data)


def _records(
    reference: OptimizationTarget,
    requests: Sequence[RecordRequest],
    jobs: Sequence[Job],
    how: Recipe,
    finished: Sequence[tuple[int, Made]],
    count: int,
    target: OptimizationTarget,
) -> Batch:
    """Return the records of finished pictures, with responses measured in full batches."""
    # Full where bytes are promised, because last bits depend on the batch size.
    judged = count if target.reproducible else len(finished)
    filled = [finished[index % len(finished)] for index in range(judged)]
    published = encode_and_score(
        reference, [made for _, made in filled], [jobs[n] for n, _ in filled]
    )
    provenance = _provenance(target)
    instead: Instead = {} if how.json == requests[0].recipe["made"] else {"made": how.json}
    more = auxiliary_images([made for _, made in finished]) if how.members == 1 else []
    batch: Batch = []
    for first in range(0, len(finished), how.members):
        number, made = finished[first]
        group = published[first : first + how.members]
        request = requests[number // how.members]
        if how.members == 1:
            picture, answer = group[0]
            data: AttemptData = {
                **answer,
                **instead,
                "provenance": provenance,
                "history": made.history.json,
            }
            batch.append((request, Record(data, {"picture": picture, **more[first]})))
        else:
            batch.append((request, _group_record(group, instead, provenance)))
    return batch


def _group_record(
    group: Sequence[tuple[EncodedPicture, PictureAnswer]], instead: Instead, provenance: Provenance
) -> Record:
    answers = [answer for _, answer in group]
    data: GroupData = {"members": answers, **instead, "provenance": provenance}
    return Record(data, {str(number): picture for number, (picture, _) in enumerate(group)})


def _provenance(target: OptimizationTarget) -> Provenance:
    device = target.device
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    precision = str(type_of(target.module)).removeprefix("torch.")
    return {"device": kind, "precision": precision, "torch": torch.__version__}
