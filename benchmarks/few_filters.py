"""A few filters of a late layer, as people first try a tool: seconds over the network's own passes.

Pictures are rendered as a build renders them. What they are held against is the network's plain
forward and backward passes in the same run: as many, of as many pictures as are asked for, of the
same sizes, up to the layer.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.lenses.base import Failed, RenderContext, grouped
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.recipe import Recipe, layer_and_recipe
from convatlas.model.records import RecordRequest
from convatlas.network.copying import channels_last, copied
from convatlas.network.responses import respond
from convatlas.opening.configuration import parse
from convatlas.rendering.executors import Task
from convatlas.rendering.forked_workers import ForkExecutor
from examples import opened
from machine import DATA, ROOT, write

CASES = (
    ("vgg16", "none", "features.24", "0-1"),
    ("mobilenet_v2", "mobilenet_v2.pth", "features.14.conv.1.0", "0-4"),
    ("mobilenet_v2", "mobilenet_v2.pth", "features.17.conv.2", "0-4"),
    ("mobilenet_v2", "mobilenet_v2.pth", "features.18.0", "0-4"),
    ("squeezenet1_1", "squeezenet1_1.pth", "features.12.expand3x3", "0-4"),
)
"""Network, weights, layer, filters."""

WARM, STEPS = 2, 6
"""Bare passes before time is taken, and those that are timed; what all would take follows."""


@contextmanager
def network(name: str, weights: str, layer: str, filters: str, preset: str) -> Iterator[Any]:
    """A network of torchvision with one of its layers chosen, and no images."""
    model = {
        "name": name,
        "source": f"torchvision/{name}",
        "weights": weights if weights == "none" else str(DATA / "weights" / weights),
        "layers": [layer],
        "filters": filters,
    }
    atlas = {"models": [model], "lenses": {"maximize": {"preset": preset}}}
    with opened(parse(json.dumps(atlas), ROOT / "atlas.yaml", {})) as context:
        yield context


def rendered(context: RenderContext, requests: Sequence[RecordRequest]) -> float:
    """Seconds that the pictures take, copies of the network included."""
    lens = Maximize()
    task = Task(context.plan, lens.name, context.records, {})
    started = time.perf_counter()
    executor = ForkExecutor(context, torch.get_num_threads())
    batches = list(executor.render(task, lens.pieces(context.plan, requests)))
    assert not any(isinstance(batch, Failed) for batch in batches)
    assert sum(map(len, batches)) == len(requests)
    return time.perf_counter() - started


def bare(context: RenderContext, requests: Sequence[RecordRequest]) -> float:
    """Seconds of plain passes, forward and backward to the picture, for all of the requests."""
    module = channels_last(copied(context.module).requires_grad_(False))
    return sum(
        Recipe.of(group[0].recipe["made"]).steps * _seconds_a_step(context, module, group)
        for group in grouped(requests, layer_and_recipe).values()
    )


def _seconds_a_step(
    context: RenderContext, module: nn.Module, requests: Sequence[RecordRequest]
) -> float:
    layer = context.layer(str(requests[0].layer))
    size = Recipe.of(requests[0].recipe["made"]).size
    pictures = torch.rand(len(requests), 3, *size)
    inputs = pictures.contiguous(memory_format=torch.channels_last).requires_grad_()

    def step() -> Tensor:
        response = respond(module, layer, inputs)
        return torch.autograd.grad(response[:, 0].sum(), inputs)[0]

    for _ in range(WARM):
        step()
    started = time.perf_counter()
    for _ in range(STEPS):
        step()
    return (time.perf_counter() - started) / STEPS


def told(case: Sequence[str], preset: str) -> dict[str, Any]:
    """One layer's row: seconds a picture, ours and bare, and their ratio."""
    with network(*case, preset) as context:
        requests = list(Maximize().requests(context.plan, context.records))
        before = bare(context, requests)
        seconds = rendered(context, requests)
        plain = (before + bare(context, requests)) / 2
    return {
        "network": case[0],
        "layer": case[2],
        "preset": preset,
        "pictures": dict(Counter(request.role for request in requests)),
        "seconds_a_picture": round(seconds / len(requests), 3),
        "bare_seconds_a_picture": round(plain / len(requests), 3),
        "ratio": round(seconds / plain, 2),
    }


def main() -> None:
    """Every case whose network is named, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="networks")
    parser.add_argument("--preset", default="draft")
    asked = parser.parse_args()
    cases = [case for case in CASES if not asked.names or case[0] in asked.names]
    write(
        f"few_filters_{asked.preset}",
        {"threads": torch.get_num_threads(), "rows": [told(case, asked.preset) for case in cases]},
    )


if __name__ == "__main__":
    main()
