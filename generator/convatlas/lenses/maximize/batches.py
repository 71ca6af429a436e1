"""Batches of pictures of one layer and recipe, from asks to records."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from convatlas.errors import RenderError, told
from convatlas.lenses.lens import Batch, Failed, Studio
from convatlas.lenses.maximize.measure import publish
from convatlas.lenses.maximize.optimise import Subject, optimise
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.records import Ask, Json, Record

log = logging.getLogger("convatlas.maximize")


def render(studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
    """Render attempts in batches of one layer and recipe, as large as the canvas allows.

    What the network does not do in the device's best precision is done in float32.
    """
    precision = working_precision(studio.device)
    failed: list[Ask] = []
    for batch in _render_all(studio, asks, precision):
        if isinstance(batch, Failed) and precision is not torch.float32:
            log.info("%s: in float32, for in %s %s", batch.asks[0].layer, precision, batch.reason)
            failed += batch.asks
        else:
            yield batch
    if failed:
        yield from _render_all(studio, failed, torch.float32)


def _render_all(
    studio: Studio, asks: Sequence[Ask], precision: torch.dtype
) -> Iterator[Batch | Failed]:
    worker = copy.deepcopy(studio.module).requires_grad_(False)
    worker = worker.to(precision).to(memory_format=torch.channels_last)
    for (layer, _), group in _alike(asks).items():
        subject = Subject(
            worker,
            studio.layer(layer),
            studio.study.network.preprocessing,
            studio.device,
            precision,
        )
        how = Recipe.of(group[0].recipe["made"])
        size = batch_size(how, group[0].recipe["attempt"], studio.device)
        for start in range(0, len(group), size):
            try:
                yield _render(studio, subject, group[start : start + size], how, size)
            except RenderError as error:
                yield Failed(group[start:], str(error))
                break


def working_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies in it, else float32."""
    if device.type == "cuda":
        supported = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        supported = (
            device.type == "cpu"
            and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
            and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
    return torch.bfloat16 if supported else torch.float32


def batch_size(how: Recipe, attempt: int, device: torch.device) -> int:
    """How many pictures are optimised together: a function of the recipe and the kind of device.

    Further attempts are few, and short batches are filled up, so theirs are small.
    """
    height, width = how.size
    if device.type != "cpu":
        return max(64, min(512, 384 * 96 * 96 // (height * width)))
    if attempt > 0:
        return 8
    return 64 if height * width <= 48 * 48 else 16


def _alike(asks: Sequence[Ask]) -> dict[tuple[str, str], list[Ask]]:
    """Asks by layer and recipe (but for the seed): those can share a batch."""
    groups: dict[tuple[str, str], list[Ask]] = {}
    for ask in asks:
        made = ask.recipe["made"]
        recipe = f"{ask.recipe['attempt']} {sorted(made.items())}"
        groups.setdefault((str(ask.layer), recipe), []).append(ask)
    return groups


def _render(studio: Studio, subject: Subject, asks: list[Ask], how: Recipe, size: int) -> Batch:
    """One batch; where a GPU's memory does not suffice, two half ones.

    Raises:
        RenderError: the network does not run, or not even one picture fits.
    """
    try:
        return _render_batch(studio, subject, _filled(asks, size, studio.device), how)[: len(asks)]
    except torch.OutOfMemoryError as error:
        if len(asks) == 1:
            reason = f"{subject.layer.name}: not even one picture fits into memory"
            raise RenderError(reason) from error
    log.warning("out of memory with %d pictures; going on with half as many", len(asks))
    torch.cuda.empty_cache()
    half = len(asks) // 2
    halves = asks[:half], asks[half:]
    return [done for part in halves for done in _render(studio, subject, part, how, half)]


def _filled(asks: list[Ask], size: int, device: torch.device) -> list[Ask]:
    """On a CPU, short batches are filled up: a filter's bytes are the same in any company."""
    if device.type != "cpu":
        return asks
    return [asks[index % len(asks)] for index in range(size)]


def _render_batch(studio: Studio, subject: Subject, asks: list[Ask], how: Recipe) -> Batch:
    filters = [int(ask.item) for ask in asks]
    signs = [1 if ask.recipe["direction"] == "positive" else -1 for ask in asks]
    judge = replace(subject, module=studio.module, precision=torch.float32)
    try:
        pictures = optimise(subject, [ask.key for ask in asks], filters, signs, how)
        published = publish(judge, pictures, filters, signs)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # the network is the user's code: it may raise what it likes
        log.debug("%s", subject.layer.name, exc_info=True)
        height, width = how.size
        name = subject.layer.name
        raise RenderError(
            f"{name}: the network does not run on a canvas of {height} x {width} ({told(error)}); "
            f"set lenses.maximize.layers: {{'{name}': {{size: ...}}}}"
        ) from error
    return [
        (ask, Record({**answer, **_provenance(subject)}, {"picture": picture}))
        for ask, (picture, answer) in zip(asks, published, strict=True)
    ]


def _provenance(subject: Subject) -> dict[str, Json]:
    device = subject.device
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    precision = str(subject.precision).removeprefix("torch.")
    return {"provenance": {"device": kind, "precision": precision, "torch": torch.__version__}}
