"""Whether filters that matter least by prediction are missed less than those of smallest norm.

In each layer alone (those that residual additions tie together count as one), the least 10 % are
set to their mean: by importance, as the lens ``prune`` works it out, and by the kernels' L1 norm.
Importance is from one half of the images. Accuracy and loss are told for images of that half and
for images of the other one, which no importance has seen. Where the two orders differ, a sign test
on the images that only one of them gets right tells whether that may be chance.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.config.read import Configuration
from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.labelled_classes import labelled_classes
from convatlas.lenses.parts.packed import Numbers
from convatlas.lenses.prune.importances import importance_of
from convatlas.lenses.prune.masking import Masking
from convatlas.lenses.prune.norms import norms
from convatlas.lenses.prune.orders import IMPORTANCE, NORM, Orders
from convatlas.lenses.prune.units import groups
from convatlas.network.activations import ablated, consumed
from convatlas.network.responses import normalise
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from imagenet import configuration as imagenet
from imagenet import network
from machine import DATA, ROOT, WORK, write

SHARE = 0.1
TOGETHER = 8
CHANCE = 0.05
"""The probability below which a difference is not taken for chance."""
IMAGES = {"resnet20": 2000, "squeezenet1_1": 400, "mobilenet_v2": 240}
"""On how many images accuracy is told, half of them from each half."""
HALVES = ("seen", "unseen")


@dataclass
class Kept:
    """By half, whether each prediction is right, and sums over the images.

    Attributes:
        right: Whether the prediction is right.
        loss: Sum of the losses.
        moved: Sum of the Kullback-Leibler divergences from the whole network's prediction, in nats.
    """

    right: dict[str, list[bool]]
    loss: dict[str, float]
    moved: dict[str, float]

    @classmethod
    def nothing(cls) -> Kept:
        """Before any image is shown."""
        return cls({half: [] for half in HALVES}, *(dict.fromkeys(HALVES, 0.0) for _ in range(2)))

    def add(self, scores: Tensor, whole: Tensor, targets: Tensor, halves: Sequence[str]) -> None:
        """Count images with their scores [n, classes], masked and not, and classes [n]."""
        before, after = whole.log_softmax(1), scores.log_softmax(1)
        moved = (before.exp() * (before - after)).sum(1).tolist()
        losses = F.cross_entropy(scores, targets, reduction="none").tolist()
        right = (scores.argmax(1) == targets).tolist()
        for half, correct, loss, far in zip(halves, right, losses, moved, strict=True):
            self.right[half].append(correct)
            self.loss[half] += loss
            self.moved[half] += far

    def told(self, images: int) -> dict[str, Any]:
        """Accuracy and mean loss by half, of which each has half of the images."""
        own = images // 2
        return {
            half: {
                "accuracy": round(sum(self.right[half]) / own, 5),
                "loss": round(self.loss[half] / own, 5),
                "moved": round(self.moved[half] / own, 6),
            }
            for half in HALVES
        }


def opened(name: str, store: Path) -> RenderContext:
    """A network with its images."""
    modules = {} if name == "resnet20" else {name: network(name)}
    atlas = resnet20() if name == "resnet20" else imagenet((name,))
    with Store(store) as records:
        workspace = Workspace(atlas, OpenCatalog(records), modules)
        workspace.plan_contexts()
        return workspace.render_context(name, "cpu")


def resnet20() -> Configuration:
    """``examples/resnet20.yaml`` with the real data."""
    file = ROOT / "examples" / "resnet20.yaml"
    environment = {
        "RESNET20_WEIGHTS": str(DATA / "weights" / "resnet20_cifar10.pth"),
        "CIFAR10_TEST": str(DATA / "images" / "cifar10-test"),
    }
    return parse(file.read_text(encoding="utf-8"), Path(file), environment)


def of_some(context: RenderContext, chosen: Sequence[int]) -> RenderContext:
    """The same network with some of the images."""
    images = context.plan.images
    assert images is not None
    picture = context.pictures[images.name]
    some = replace(images, images=tuple(images.images[index] for index in chosen))
    shown = {images.name: lambda n: picture(chosen[n])}
    return replace(context, plan=replace(context.plan, images=some), pictures=shown)


def spread(count: int, most: int, start: int) -> list[int]:
    """``most`` of the places from ``start`` in steps of two, spread evenly."""
    places = range(start, count, 2)
    return [places[n * len(places) // most] for n in range(min(most, len(places)))]


def orders_of(context: RenderContext) -> tuple[list[Orders], Mapping[str, Tensor]]:
    """The orders of the units of each group of layers, and what filters are set to."""
    layers = [layer for layer, _ in context.plan.layers() if layer.consumed is not None]
    study = Study(context, layers, ClassTarget.of(context.plan))
    study.run()
    baseline = {layer.name: study.totals[layer.name].mean for layer in layers}
    importance = {
        name: study.totals[name].importance(values).tolist() for name, values in baseline.items()
    }

    def losses(name: str) -> Numbers:
        return study.totals[name].losses(baseline[name]).numpy()

    masking = Masking(context, {name: values.tolist() for name, values in baseline.items()})
    chosen = [layer.name for layer in layers if not masking.gives_scores(layer.name)]
    known = norms(context, chosen)
    found = groups(context.plan.network.layers, chosen)
    of_units = [importance_of(each, importance, losses) for each in found]
    pairs = enumerate(zip(found, of_units, strict=True))
    return [Orders.of(each, values, known, n) for n, (each, values) in pairs], baseline


def measured(name: str, images: int) -> dict[str, Any]:
    """A row for each layer, and how often which order keeps more."""
    started = time.process_time()
    context = opened(name, WORK / f"effects-prune-{name}")
    facts, all_images = context.plan.network, context.plan.images
    assert all_images is not None
    targets = labelled_classes(all_images.images, facts.classes, facts.scores)
    count = len(targets)
    orders, baseline = orders_of(of_some(context, range(0, count, 2)))
    masks = [each.mask(order, SHARE) for each in orders for order in (IMPORTANCE, NORM)]
    changes = {mask: _changes(context, sorted(mask), baseline) for mask in masks}
    halves = dict.fromkeys(spread(count, images // 2, 0), HALVES[0])
    halves |= dict.fromkeys(spread(count, images // 2, 1), HALVES[1])
    chosen = sorted(halves)
    before, kept = Kept.nothing(), {mask: Kept.nothing() for mask in masks}
    for first, pictures in image_batches(context, TOGETHER, chosen):
        own = chosen[first : first + len(pictures)]
        inputs = normalise(pictures, facts.preprocessing)
        wanted = torch.tensor([targets[index] for index in own])
        shown = [halves[index] for index in own]
        whole = ablated(context.module, inputs, {})
        before.add(whole, whole, wanted, shown)
        for mask, change in changes.items():
            kept[mask].add(ablated(context.module, inputs, change), whole, wanted, shown)
        print(f"{name}: {first + len(own)} of {images} images", file=sys.stderr)
    rows = [
        {
            "layers": list(each.group.layers),
            "units": len(each.group.units),
            "masked": each.count(SHARE),
            "importance": kept[masks[2 * n]].told(images),
            "norm": kept[masks[2 * n + 1]].told(images),
            "only": only(kept[masks[2 * n]], kept[masks[2 * n + 1]]),
            "same_filters": masks[2 * n] == masks[2 * n + 1],
        }
        for n, each in enumerate(orders)
    ]
    return {
        "images": images,
        "importance_from": (count + 1) // 2,
        "before": before.told(images),
        "summary": {half: summary(rows, half) for half in HALVES},
        "cpu_seconds": round(time.process_time() - started),
        "rows": rows,
    }


def only(importance: Kept, norm: Kept) -> dict[str, dict[str, int]]:
    """By half, how many images only one of the two orders gets right."""
    pairs = {half: (importance.right[half], norm.right[half]) for half in HALVES}
    return {
        half: {
            "importance": sum(a and not b for a, b in zip(own, other, strict=True)),
            "norm": sum(b and not a for a, b in zip(own, other, strict=True)),
        }
        for half, (own, other) in pairs.items()
    }


def chance(more: int, less: int) -> float:
    """The probability of so uneven a split of so many images by throwing a coin for each."""
    count = more + less
    rare = sum(comb(count, n) for n in range(min(more, less) + 1))
    return min(1.0, 2 * rare / 2**count)


def _changes(
    context: RenderContext, mask: Sequence[tuple[str, int]], baseline: Mapping[str, Tensor]
) -> Any:
    names = dict.fromkeys(name for name, _ in mask)
    found = {}
    for name in names:
        own = torch.tensor([index for layer, index in mask if layer == name])
        found[consumed(context.layer(name))] = own, baseline[name][own].float()
    return found


def summary(rows: Sequence[Mapping[str, Any]], half: str) -> dict[str, Any]:
    """On how many rows importance keeps more than the norm, as much, or less."""
    pairs = [(row["importance"][half], row["norm"][half]) for row in rows]
    accuracy = [own["accuracy"] - other["accuracy"] for own, other in pairs]
    loss = [other["loss"] - own["loss"] for own, other in pairs]
    moved = [other["moved"] - own["moved"] for own, other in pairs]
    alone = [(row["only"][half]["importance"], row["only"][half]["norm"]) for row in rows]
    clear = [more - less if chance(more, less) < CHANCE else 0 for more, less in alone]
    return {
        "no_chance": _signs(clear),
        "same_filters": sum(row["same_filters"] for row in rows),
        "by_accuracy": _signs(accuracy),
        "by_loss": _signs(loss),
        "by_moved": _signs(moved),
        "accuracy_by_importance": round(sum(own["accuracy"] for own, _ in pairs) / len(pairs), 5),
        "accuracy_by_norm": round(sum(other["accuracy"] for _, other in pairs) / len(pairs), 5),
        "moved_by_importance": round(sum(own["moved"] for own, _ in pairs) / len(pairs), 5),
        "moved_by_norm": round(sum(other["moved"] for _, other in pairs) / len(pairs), 5),
    }


def _signs(gains: Sequence[float]) -> dict[str, int]:
    return {
        "more": sum(gain > 0 for gain in gains),
        "same": sum(gain == 0 for gain in gains),
        "less": sum(gain < 0 for gain in gains),
    }


@click.command(help=__doc__)
@click.option("--network", "names", multiple=True, default=tuple(IMAGES), help="Which ones.")
@click.option("--times", default=1.0, help="So many times the images.")
@click.option("--result", default="effects_prune", help="Name of the file of results.")
def main(names: Sequence[str], times: float, result: str) -> None:
    """Network by network, on one core."""
    WORK.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    found = {}
    for name in names:
        found[name] = measured(name, 2 * round(IMAGES[name] * times / 2))
        write(result, {"share": SHARE, "networks": found})


if __name__ == "__main__":
    main()
