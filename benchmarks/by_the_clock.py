"""What effects, the prune audit and circuits take by the clock, beside a bare pass, on all cores.

SqueezeNet 1.1 with real weights sees photographs. Everything is timed as a user would: images are
decoded on the way, by a process of their own, which takes a part of the cores, too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import click
import torch

from circuits import bare, rendered, some
from convatlas.config.read import Configuration
from convatlas.lenses.base import Lens, RenderContext
from convatlas.lenses.circuits import Circuits
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.examples import Examples
from convatlas.lenses.prune import Prune
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import StoredRecord
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from machine import DATA, ROOT, WORK, write

NAME = "squeezenet1_1"
PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"
LENSES: dict[str, tuple[Lens, ...]] = {
    "effects": (Effects(), Prune()),
    "circuits": (Examples(), Circuits()),
}


def configuration(photographs: int) -> Configuration:
    """An atlas of SqueezeNet, with a prune audit of three shares."""
    model = {"name": NAME, "source": f"torchvision/{NAME}"}
    model["weights"] = str(DATA / "weights" / f"{NAME}.pth")
    folder = some(PHOTOGRAPHS, photographs)
    images = {"name": "images", "source": f"folder:{folder}"}
    images["labels"] = str(PHOTOGRAPHS / "labels.json")
    lenses = {"effects": {"prune": [0.05, 0.1, 0.2]}}
    atlas = {"models": [model], "images": [images], "lenses": lenses}
    return parse(json.dumps(atlas), ROOT / "atlas.yaml", {})


def seconds(run: Callable[[], object]) -> float:
    """By the clock."""
    start = time.perf_counter()
    run()
    return round(time.perf_counter() - start, 1)


def effects_alone(context: RenderContext) -> None:
    """The pass for effects, without the test of its predictions."""
    layers = [layer for layer, _ in context.plan.layers() if layer.consumed is not None]
    Study(context, layers, ClassTarget.of(context.plan)).run()


def measured(context: RenderContext, lenses: tuple[Lens, ...]) -> Iterator[tuple[str, float]]:
    """Yield the seconds of lenses of which each may read the records of those before."""
    context = replace(context, records=RecordIndex())
    for lens in lenses:
        start = time.perf_counter()
        found, failed = rendered(lens, context)
        yield lens.name, round(time.perf_counter() - start, 1)
        print(f"{len(found)} records", *failed, flush=True)
        for request, record in found.items():
            context.records.add(request, StoredRecord(record.data, {}, {}))


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--photographs", default=1000)
def main(names: tuple[str, ...], photographs: int) -> None:
    """Measure a bare pass, and then the lenses; what is there so far is written after each."""
    WORK.mkdir(exist_ok=True)
    with Store(WORK / "clock-store") as store:
        workspace = Workspace(configuration(photographs), OpenCatalog(store))
        opened = workspace.plan_contexts()[0].network.name
        context = workspace.render_context(opened, "cpu")
        bare(context)
        told: dict[str, Any] = {"photographs": photographs, "threads": torch.get_num_threads()}
        told["bare"] = min(seconds(lambda: bare(context)) for _ in range(2))
        told["effects_alone"] = seconds(lambda: effects_alone(context))
        for name in names or LENSES:
            for lens, took in measured(context, LENSES[name]):
                told[lens] = took
                write("by_the_clock", {"seconds": told})


if __name__ == "__main__":
    main()
