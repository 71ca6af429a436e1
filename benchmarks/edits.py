"""What edits cost beyond bare passes over the same images, and what setting carriers back undoes.

SqueezeNet 1.1 and MobileNet v2 with real weights, which see photographs plain and under each edit;
names given as arguments limit it to those networks. A bare pass is the quicker of two layouts in
memory, in the same run. Processor time counts the processes that decode and edit images, which
the bare pass is given decoded.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import torch

from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.edits import Edits
from convatlas.lenses.edits.options import Edits as Options
from convatlas.lenses.edits.pictures import tried_on
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.model.record_index import RecordIndex
from convatlas.network.responses import normalise
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from machine import DATA, RESULTS, WORK, write

NETWORKS = ("squeezenet1_1", "mobilenet_v2")
PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"
TWELVE = (
    *("grey", "mirror", "turned-90", "turned-180", "blurred", "patches-shuffled", "hue-turned"),
    *("text-line", "date-stamp", "border", "coloured-patch", "jpeg-10"),
)


def context_of(name: str, edits: Sequence[str], images: int, store: Store) -> RenderContext:
    """An atlas of one network, and edits of its photographs."""
    atlas = {
        "models": [
            {
                "name": name,
                "source": f"torchvision/{name}",
                "weights": str(DATA / "weights" / f"{name}.pth"),
            }
        ],
        "images": [
            {
                "name": "photos",
                "source": f"folder:{PHOTOGRAPHS}",
                "labels": str(PHOTOGRAPHS / "labels.json"),
            }
        ],
        "edits": list(edits),
        "lenses": {"edits": {"images": images}},
    }
    workspace = Workspace(parse(json.dumps(atlas), Path("atlas.yaml"), {}), OpenCatalog(store))
    return workspace.render_context(workspace.plan_contexts()[0].network.name, "cpu")


@contextmanager
def timed(told: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that something takes, by the wall and of all processors."""
    start, before = time.perf_counter(), os.times()
    yield
    after = os.times()
    told[f"{name}_seconds"] = round(time.perf_counter() - start, 2)
    told[f"{name}_cpu_seconds"] = round(sum(after[:4]) - sum(before[:4]), 2)


def bare(context: RenderContext, pictures: Sequence[torch.Tensor]) -> None:
    """Show images to the network, and do nothing with what it says."""
    with torch.inference_mode():
        for each in pictures:
            context.module(normalise(each, context.plan.network.preprocessing))


def measured(context: RenderContext) -> dict[str, Any]:
    """One network's row, with one for each edit."""
    options = context.plan.options(Options)
    assert options is not None
    images = tried_on(context.plan, options.images)
    pictures = [each for _, each in image_batches(context, 8, images)]
    layouts: list[dict[str, float]] = []
    bare(context, pictures[:4])
    for own in ([each.contiguous() for each in pictures], pictures):
        layouts.append({})
        with timed(layouts[-1], "bare"):
            bare(context, own)
    row: dict[str, Any] = min(layouts, key=lambda each: each["bare_cpu_seconds"])
    lens, records = Edits(), []
    requests = list(lens.requests(context.plan, RecordIndex()))
    with timed(row, "edits"):
        for batch in lens.render(context, requests):
            assert not isinstance(batch, Failed), batch.reason
            records += batch
    passes = 1 + len(context.plan.edits)
    return {
        "images": len(images),
        "edits": len(context.plan.edits),
        "threads": torch.get_num_threads(),
        **row,
        "over_bare": round(row["edits_seconds"] / row["bare_seconds"] / passes, 2),
        "by_edit": {
            request.item: summary(record.data["scores"], of_layers(records, request.item))
            for request, record in records
            if request.layer is None and not request.role
        },
    }


def of_layers(records: Sequence[Any], edit: int | str) -> list[Any]:
    """What is known of the layers under an edit."""
    return [
        record.data
        for request, record in records
        if request.layer is not None and request.item == edit
    ]


def summary(scores: Any, layers: Sequence[Any]) -> dict[str, Any]:
    """What an edit does, and how well it is known what carries that."""
    behind = scores.get("behind", {})
    auc = [each for layer in layers for each in layer["auc"] if each is not None]
    return {
        "changed": scores["changed"],
        "change": scores.get("target", {}).get("change"),
        "noticed_above_0.9": sum(each > 0.9 for each in auc),
        "explained": [
            round(layer["carried"]["explained"], 3) for layer in layers if "carried" in layer
        ],
        "undone": behind.get("undone"),
        "together": behind.get("together"),
    }


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--images", default=1000, help="How many photographs are shown.")
@click.option("--edits", default=",".join(TWELVE), help="Names of edits, with commas between.")
def main(names: Sequence[str], images: int, edits: str) -> None:
    """Measure the networks one after the other; each row is written when it is there."""
    file = RESULTS / "edits.json"
    known = json.loads(file.read_text())["networks"] if file.exists() else {}
    WORK.mkdir(exist_ok=True)
    for name in names or NETWORKS:
        with Store(WORK / "edits-store") as store:
            known[name] = measured(context_of(name, edits.split(","), images, store))
        write("edits", {"networks": known})


if __name__ == "__main__":
    main()
