"""Maximised pictures in the small: recipes, subjects, jobs and whole attempts, without a store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.images.codecs.decode import decode
from convatlas.images.statistics import Statistics, measure
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.optimise import optimise
from convatlas.lenses.maximize.optimization_batch import Job, Made
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.philox import words
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.render import render
from convatlas.model.records import Record, RecordRequest, StoredRecord
from support.contexts import CPU, lens_options, network_of, render_context_of

Found = dict[tuple[str, int, str], list[Record]]
"""Records by layer, filter and role, in the order of the attempts."""


class Wide(nn.Module):
    """A layer that sees 8 pixels, and one that sees 56: more than half of every quick canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Conv2d(3, 2, 8, stride=8)
        self.far = nn.Conv2d(2, 2, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        return self.far(self.near(x).relu())


def names(count: int) -> list[str]:
    """As many record keys."""
    return [hashlib.sha256(bytes([number])).hexdigest() for number in range(count)]


def keys(count: int) -> Tensor:
    """As many keys of the generator."""
    return words(names(count))


def how(**changes: Any) -> Recipe:
    """A short recipe on a small canvas, which holds still but for ``changes``."""
    plain = {"objective": "channel", "canvas": "fourier", "size": (12, 10), "steps": 4, "rate": 0.1}
    return Recipe(**{**plain, **changes})


def target_of(
    module: nn.Module, layer: str, size: int = 24, channels: int = 3
) -> OptimizationTarget:
    """A layer of a network, in float32."""
    network = network_of(module.eval().requires_grad_(False), size, channels)
    found = next(one for one in network.layers if one.name == layer)
    return OptimizationTarget(module, found, network.preprocessing, CPU, torch.float32)


def jobs_of(filters: Iterable[int], sign: int = 1) -> list[Job]:
    """A job for each filter, each with a key of its own."""
    chosen = list(filters)
    return [Job(key, item, sign) for key, item in zip(names(len(chosen)), chosen, strict=True)]


def finished(
    target: OptimizationTarget,
    jobs: Sequence[Job],
    recipe: Recipe,
    slots: int,
    statistics: Statistics | None = None,
) -> list[Made]:
    """What comes of the jobs, in their own order."""
    made = dict(chain.from_iterable(optimise(target, jobs, recipe, slots, statistics)))
    assert sorted(made) == list(range(len(jobs)))
    return [made[number] for number in range(len(jobs))]


def statistics_of(channels: int = 3, seed: int = 0, contrast: float = 0.2) -> Statistics:
    """The statistics of a few pictures of coloured noise, some channels darker than others."""
    random = np.random.default_rng(seed)
    mix = np.eye(channels) + 0.5
    noise = random.uniform(-contrast, contrast, (8, channels, 20 * 24))
    mean = np.linspace(0.5, 0.3, channels)[:, None, None]
    return measure(lambda: iter(mean + (mix @ noise / 3).reshape(8, channels, 20, 24)))


def all_made(module: nn.Module, options: MaximizeOptions, size: int = 24, **more: Any) -> Found:
    """Every attempt at every filter, until no further one is asked for."""
    return attempted(
        render_context_of(module, size=size, lenses=lens_options(maximize=options), **more)
    )


def attempted(context: RenderContext) -> Found:
    """As ``all_made``, with what is in ``context.records`` as evidence; adds to it."""
    records: Found = {}
    seen: set[str] = set()
    while requests := [
        a for a in Maximize().requests(context.plan, context.records) if a.key not in seen
    ]:
        for request, record in rendered(context, requests):
            place = (str(request.layer), int(request.item), request.role)
            records.setdefault(place, []).append(record)
            stored = StoredRecord(record.data, {n: p.facts for n, p in record.pictures.items()})
            context.records.add(request, stored)
        seen.update(request.key for request in requests)
    return records


def rendered(
    context: RenderContext, requests: Sequence[RecordRequest]
) -> list[tuple[RecordRequest, Record]]:
    """The records of asks, none of which may fail."""
    found: list[tuple[RecordRequest, Record]] = []
    for batch in render(context, requests):
        assert not isinstance(batch, Failed), batch
        found += batch
    return found


def evidence(context: RenderContext, layer: str, index: int, lowest: float, highest: float) -> None:
    """Let the study know the responses of an image set."""
    bounds = {"highest": highest, "lowest": lowest}
    record = StoredRecord({"bounds": bounds, "top": [], "lowest": [], "range": []}, {})
    request = RecordRequest(f"{layer}/{index}", "examples", layer, index)
    context.records.put(request, record)


def pixels(record: Record, name: str = "picture") -> NDArray[np.float64]:
    """A record's picture [h, w, 3], values from 0 to 1."""
    return decode(record.pictures[name].data).astype(np.float64) / 255
