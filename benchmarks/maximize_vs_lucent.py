"""Maximised pictures against torch-lucent's, on the same filters, machine and threads, in one run.

Lucent works with its defaults: the channel objective, 512 steps, a canvas of 128 px enlarged to
224 px inside the optimisation. Its pictures are judged at their own size and at 224 px, and the
better counts. Ours are judged at their own size, as decoded from the published file. Lucent makes
one picture at a time; we make whole layers, so our time is that of the layers the filters are of.

``LUCENT_PYTHON`` names the interpreter of an environment with torch-lucent and kornia 0.4.1;
without it one is made under ``bench-work``, which needs a package index.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.base import Failed, PlanContext, RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.model import scores as verdicts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest
from convatlas.network.responses import normalise, respond
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.pipeline import Result, complete
from convatlas.planning.plan import Plan, discover, planned
from convatlas.rendering.executors import LocalExecutor
from convatlas.rendering.progress import silence
from convatlas.rendering.render import render
from convatlas.store.store import Store
from convatlas.work import Rendering, Work
from machine import DATA, WORK, write
from product_pictures import full_batch
from squeezenet import configuration

LAYERS = (
    "features.0",
    "features.3.expand3x3",
    "features.4.squeeze",
    "features.6.expand3x3",
    "features.7.expand1x1",
    "features.9.expand3x3",
    "features.11.squeeze",
    "features.12.expand3x3",
)
ROWS = ("standard", "equal canvas and steps")
PACKAGES = ("torch-lucent", "kornia==0.4.1", "torch", "torchvision", "setuptools<81")
BARE = {"negative": False, "second": False}
EQUAL = {"objective": "channel", "canvas": "fourier", "size": 128, "steps": 512, "tolerance": 0.0}

Place = tuple[str, int]
Answer = tuple[float, float]  # the highest response and the mean


def lucent_python() -> str:
    """An interpreter that has torch-lucent."""
    given = os.environ.get("LUCENT_PYTHON")
    if given:
        return given
    folder = WORK / "lucent"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return str(python)


def lucent(places: Sequence[Place]) -> tuple[np.ndarray, list[float]]:
    """Lucent's pictures [n, 3, h, w], and the seconds that each took."""
    out = WORK / "lucent.npz"
    weights = DATA / "weights" / "squeezenet1_1.pth"
    worker = Path(__file__).with_name("lucent_worker.py")
    arguments = [str(weights), json.dumps(places), str(torch.get_num_threads()), str(out)]
    subprocess.run([lucent_python(), str(worker), *arguments], check=True)
    with np.load(out) as file:
        return file["pictures"].transpose(0, 3, 1, 2), file["seconds"].tolist()


def judged(context: RenderContext, place: Place, pictures: Sequence[Tensor]) -> Answer:
    """The highest response and the highest mean of the pictures [3, h, w], shown untransformed."""
    layer = context.layer(place[0])
    found = []
    with torch.inference_mode():
        for picture in pictures:
            inputs = normalise(picture[None], context.plan.network.preprocessing)
            found.append(respond(context.module, layer, inputs)[0, place[1]])
    return max(m.max().item() for m in found), max(m.mean().item() for m in found)


def theirs(context: RenderContext, places: Sequence[Place], pictures: np.ndarray) -> list[Answer]:
    """Each of Lucent's pictures as it was optimised, or at its own size: the better counts."""
    answers = []
    for place, picture in zip(places, torch.from_numpy(pictures), strict=True):
        large = F.interpolate(picture[None], size=224, mode="bilinear", align_corners=True)[0]
        answers.append(judged(context, place, [picture, large]))
    return answers


def decoded(data: bytes) -> Tensor:
    """A published picture [3, h, w] from 0 to 1."""
    pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def ours(
    opened: RenderContext, context: PlanContext, store: Store
) -> tuple[float, dict[Place, bytes]]:
    """Seconds a filter, attempts included, and each one's chosen picture."""
    plan = planned(context, store)
    seconds = 0.0
    while plan.missing:
        started = time.perf_counter()
        failures = render(
            LocalExecutor(opened), plan.context, plan.records, plan.missing, store, silence
        )
        seconds += time.perf_counter() - started
        assert not failures, failures[0].reason
        discover(plan, store)
    count = sum(len(filters) for filters in context.filters.values())
    return seconds / count, dict(_chosen(plan, store))


def _chosen(plan: Plan, store: Store) -> Iterator[tuple[Place, bytes]]:
    for layer, filters in plan.context.layers():
        for index in filters:
            made = plan.records.all("maximize", layer.name, index)
            best = verdicts.best([record.data for _, record in made], "positive")
            yield (layer.name, index), store.picture(made[best][1].pictures["picture"].digest)


def equal(
    opened: RenderContext, context: PlanContext, store: Store, places: Sequence[Place]
) -> tuple[float, dict[Place, bytes]]:
    """Seconds a filter, and pictures, with Lucent's canvas and steps; batches are full ones."""
    options = MaximizeOptions(**BARE, **EQUAL, attempts=1)
    lenses = {**context.lenses, "maximize": options}
    pictures, spent, made = {}, 0.0, 0
    for layer, filters in context.layers():
        one = replace(context, filters={layer.name: filters}, lenses=lenses)
        wanted = {index for name, index in places if name == layer.name}
        asked = Maximize().requests(one, RecordIndex())
        requests = sorted(asked, key=lambda request: request.item not in wanted)
        count = full_batch(opened, layer.name, Recipe.of(requests[0].recipe["made"]), 0)
        requests = requests[: max(count, len(wanted))]
        started = time.perf_counter()
        for request, record in _rendered(replace(opened, plan=one), requests):
            pictures[layer.name, int(request.item)] = record.pictures["picture"].data
        spent += time.perf_counter() - started
        made += len(requests)
    return spent / made, pictures


def _rendered(
    context: RenderContext, requests: Sequence[RecordRequest]
) -> Iterator[tuple[RecordRequest, Record]]:
    for batch in Maximize().render(context, requests):
        assert not isinstance(batch, Failed), batch.reason
        yield from batch


def compared(mine: Mapping[Place, Answer], peer: Mapping[Place, Answer]) -> dict[str, Any]:
    """The share of filters at which ours reaches at least theirs, and the median ratio."""
    result: dict[str, Any] = {}
    for which, name in enumerate(("highest", "mean")):
        pairs = [(mine[place][which], peer[place][which]) for place in peer]
        ratios = [ours / theirs for ours, theirs in pairs if theirs > 0]
        result[f"{name}_reached"] = round(sum(a >= b for a, b in pairs) / len(pairs), 3)
        result[f"{name}_median_ratio"] = round(median(ratios), 2)
    return result


@click.command(help=__doc__)
@click.option("--each", default=5, help="Filters of each of the eight layers.")
@click.option("--row", "wanted", multiple=True, type=click.Choice(ROWS), default=ROWS)
@click.option("--result", default="maximize_vs_lucent", help="Name of the file of results.")
def main(each: int, wanted: Sequence[str], result: str) -> None:
    """Both on the same filters; a row for each way of ours."""
    WORK.mkdir(exist_ok=True)
    path = WORK / "lucent-store"
    path.unlink(missing_ok=True)
    with Store(path) as store:
        workspace = Workspace(configuration(maximize=BARE, kernels=False), OpenCatalog(store))
        context = workspace.plan_contexts()[0]
        context = replace(context, filters={name: context.filters[name] for name in LAYERS})
        off = {name: each for name, each in context.lenses.items() if name != "maximize"}
        rendering = Rendering(Work(), workspace, ExitStack())
        complete(replace(context, lenses=off), rendering, store, silence, Result())
        opened = workspace.render_context(context.network.name, "auto")
        places = [
            (name, number * len(context.filters[name]) // each)
            for name in LAYERS
            for number in range(each)
        ]
        ways = dict(zip(ROWS, (ours, partial(equal, places=places)), strict=True))
        rows = {name: ways[name](opened, context, store) for name in wanted}
        pictures, seconds = lucent(places)
        peer = dict(zip(places, theirs(opened, places, pictures), strict=True))
        answers = {
            name: {place: judged(opened, place, [decoded(found[place])]) for place in places}
            for name, (_, found) in rows.items()
        }
        lucent_seconds = sum(seconds) / len(seconds)
        write(
            result,
            {
                "threads": torch.get_num_threads(),
                "device": str(opened.device),
                "lucent": {
                    "seconds_a_filter": round(lucent_seconds, 2),
                    "filters_an_hour": round(3600 / lucent_seconds),
                },
                **{
                    name: {
                        "seconds_a_filter": round(took, 4),
                        "filters_an_hour": round(3600 / took),
                        "times_lucent": round(lucent_seconds / took, 1),
                        **compared(answers[name], peer),
                    }
                    for name, (took, _) in rows.items()
                },
                "filters": [
                    {
                        "filter": f"{place[0]}/{place[1]}",
                        "lucent": [round(v, 3) for v in peer[place]],
                        **{n: [round(v, 3) for v in a[place]] for n, a in answers.items()},
                    }
                    for place in places
                ],
            },
        )


if __name__ == "__main__":
    main()
