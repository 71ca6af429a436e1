"""Effects against real ablation, layer by layer, and the seconds that they take.

SqueezeNet 1.1, MobileNet v2 and a ResNet-20 with real weights, others with random ones, which see
drawings: of each layer, ``--filters`` filters, spread over the ranks, are really set to their mean
on ``--images`` images. Names given as arguments limit it to those networks; rows measured before
are kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click
import torch

from convatlas.config.read import Configuration
from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.audit import Auditor, audit
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.network.responses import normalise
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from machine import DATA, RESULTS, ROOT, WORK, write

RANDOM = ("resnet18", "resnet50", "googlenet", "densenet121", "efficientnet_b0", "convnext_tiny")
REAL = ("squeezenet1_1", "mobilenet_v2", "resnet20")
ARGUMENTS = {"googlenet": {"init_weights": False}, "convnext_tiny": {"layer_scale": 1.0}}
"""Of networks with random weights. Unless it was trained, ConvNeXt scales what each block adds by
10⁻⁶, so that what a filter does is below rounding."""
SIDE = 112
"""Pixels of the input of networks with random weights."""
DRAWINGS = 96
"""How many of the demo's drawings these are shown."""
PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"


def configuration(name: str) -> Configuration:
    """An atlas of one network, with effects alone."""
    if name == "resnet20":
        file = ROOT / "examples" / "resnet20.yaml"
        environment = {
            "RESNET20_WEIGHTS": str(DATA / "weights" / "resnet20_cifar10.pth"),
            "CIFAR10_TEST": str(DATA / "images" / "cifar10-test"),
        }
        return parse(file.read_text(encoding="utf-8"), file, environment)
    model: dict[str, Any] = {"name": name, "source": f"torchvision/{name}"}
    if name in REAL:
        model["weights"] = str(DATA / "weights" / f"{name}.pth")
    else:
        model |= {"weights": "none", "input": {"size": SIDE, "resize": SIDE}}
        model |= {"arguments": ARGUMENTS[name]} if name in ARGUMENTS else {}
    images: dict[str, Any] = {"name": "drawings", "source": "convatlas.demo:pictures"}
    images |= {"arguments": {"count": DRAWINGS}}
    if name in REAL:
        labels = str(PHOTOGRAPHS / "labels.json")
        images = {"name": "photos", "source": f"folder:{PHOTOGRAPHS}", "labels": labels}
    return parse(json.dumps({"models": [model], "images": [images]}), Path("atlas.yaml"), {})


def bare(context: RenderContext, batches: Sequence[tuple[int, torch.Tensor]]) -> float:
    """The processor's seconds of the quicker of two bare passes: contiguous, and channels last."""
    layouts = [[each.contiguous() for _, each in batches], [each for _, each in batches]]
    found = []
    for pictures in layouts:
        start = time.process_time()
        with torch.inference_mode():
            for each in pictures:
                context.module(normalise(each, context.plan.network.preprocessing))
        found.append(time.process_time() - start)
    return min(found)


def timed(run: Callable[[], object]) -> float:
    """The processor's seconds that something takes; images are decoded by other processes."""
    start = time.process_time()
    run()
    return time.process_time() - start


def measured(context: RenderContext, filters: int, images: int) -> dict[str, Any]:
    """One network's row, with one for each layer."""
    batches = list(image_batches(context, 8))
    bare(context, batches[:4])
    plain = bare(context, batches)
    layers = [layer for layer, _ in context.plan.layers() if layer.consumed is not None]
    study = Study(context, layers, ClassTarget.of(context.plan))
    seconds = timed(study.run)
    chosen = [sorted(study.sample)[place] for place in spread(len(study.sample), images)]
    shown = torch.cat([pictures for _, pictures in image_batches(context, 8, chosen)])
    inputs = normalise(shown, context.plan.network.preprocessing)
    auditor = Auditor(study.ablations, chosen, inputs)
    rows = []
    start = time.process_time()
    for layer in layers:
        totals = study.totals[layer.name]
        if totals.measured:
            tested = audit(auditor, layer, totals, totals.mean, filters)
            rows.append({"layer": layer.name, "filters": layer.filters, **tested})
            print(layer.name, tested["spearman"], tested["spearman_filters"], flush=True)
    return {
        "images": study.count,
        "threads": torch.get_num_threads(),
        "bare_seconds": round(plain, 2),
        "pass_seconds": round(seconds, 2),
        "pass_over_bare": round(seconds / plain, 2),
        "audit_seconds": round(time.process_time() - start, 1),
        "tested": {"filters": filters, "images": images},
        **summary(rows),
        "layers": rows,
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians, and the shares of the layers that agree."""
    told: dict[str, Any] = {}
    for key in ("spearman", "spearman_filters"):
        values = [row[key] or 0.0 for row in rows]
        told[key] = {
            "median": round(median(values), 3),
            "lowest": round(min(values), 3),
            "from_0.95": round(sum(value >= 0.95 for value in values) / len(values), 3),
            "from_0.9": round(sum(value >= 0.9 for value in values) / len(values), 3),
        }
    return told


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--filters", default=32, help="How many filters of a layer are tested.")
@click.option("--images", default=32, help="On how many images.")
def main(names: Sequence[str], filters: int, images: int) -> None:
    """Measure the networks one after the other; each row is written when it is there."""
    file = RESULTS / "effects.json"
    known = json.loads(file.read_text())["networks"] if file.exists() else {}
    WORK.mkdir(exist_ok=True)
    for name in names or (*REAL, *RANDOM):
        with Store(WORK / "effects-store") as store:
            catalog = OpenCatalog(store)
            workspace = Workspace(configuration(name), catalog)
            opened = workspace.plan_contexts()[0].network.name
            context = workspace.render_context(opened, "cpu")
            known[name] = measured(context, filters, images)
        write("effects", {"networks": known})


if __name__ == "__main__":
    main()
