"""What ``lenses: {effects: {exact: N}}`` costs, and what it changes.

Of each layer that fails the test, all filters are really set to their mean on ``--images`` of
``--photos`` photographs: seconds of the processor (decoding is done by other processes), and the
rank correlation of what was predicted and what was measured, over all pairs. With ``--full LAYER``
also on all photographs: for how many filters the class that they raise most is then found.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
import torch
from torch import Tensor

from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.audit import audit
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.exact import Exact, exact, fails
from convatlas.lenses.effects.study import Study
from convatlas.lenses.parts.agreement import spearman
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from effects import configuration
from machine import RESULTS, WORK, write


def context_of(name: str, photos: int) -> RenderContext:
    """A network with some of its images, spread over the set."""
    with Store(WORK / "effects-store") as store:
        workspace = Workspace(configuration(name), OpenCatalog(store))
        opened = workspace.plan_contexts()[0].network.name
        context = workspace.render_context(opened, "cpu")
    images = context.plan.images
    assert images is not None
    chosen = spread(len(images.images), photos)
    some = replace(images, images=tuple(images.images[index] for index in chosen))
    picture = context.pictures[images.name]
    shown = {images.name: lambda n: picture(chosen[n])}
    return replace(context, plan=replace(context.plan, images=some), pictures=shown)


class Measuring:
    """Measures the layers of one network.

    Args:
        name: The network.
        photos: How many photographs it is shown.
        images: On how many of them each filter is measured.
    """

    def __init__(self, name: str, photos: int, images: int) -> None:
        self.context = context_of(name, photos)
        self.images = images
        self.layers = [
            layer for layer, _ in self.context.plan.layers() if layer.consumed is not None
        ]
        self.study = Study(self.context, self.layers, ClassTarget.of(self.context.plan))
        self.study.run()

    def rows(self, full: Sequence[str]) -> list[dict[str, Any]]:
        """A row for each layer that fails the test."""
        found = []
        for layer in self.layers:
            tested = self._tested(layer)
            if fails(tested):
                found.append(self._row(layer, tested["spearman"], layer.name in full))
                print(found[-1], flush=True)
        return found

    def _tested(self, layer: Layer) -> Any:
        baseline = self.study.baseline(layer.name)
        return audit(self.study.auditor, layer, self.study.totals[layer.name], baseline)

    def _exact(self, layer: Layer, images: int) -> Exact:
        baseline = self.study.baseline(layer.name)
        totals = self.study.totals[layer.name]
        return exact(self.context, self.study.ablations, layer, totals, baseline, images)

    def _row(self, layer: Layer, tested: float | None, full: bool) -> dict[str, Any]:
        start = time.process_time()
        found = self._exact(layer, self.images)
        seconds = time.process_time() - start
        predicted = self.study.totals[layer.name].effects(self.study.baseline(layer.name))
        own = predicted[found.measured].numpy(), found.effects[found.measured].numpy()
        told = {
            "layer": layer.name,
            "filters": layer.filters,
            "tested": tested,
            "seconds": round(seconds, 1),
            "pairs": int(found.measured.sum()),
            "spearman": spearman(*own),
        }
        return {**told, **self._found(layer, found, predicted)} if full else told

    def _found(self, layer: Layer, some: Exact, predicted: Tensor) -> dict[str, Any]:
        """For how many filters the image on which they do most is among those that were taken."""
        every = self._exact(layer, len(predicted)).effects
        best, guessed = every.argmax(0), predicted.argmax(0)
        filters = torch.arange(layer.filters)
        return {
            "found_by_prediction": int((best == guessed).sum()),
            "found_by_measuring": int(some.measured[best, filters].sum()),
        }


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--photos", default=200)
@click.option("--images", default=48)
@click.option("--full", multiple=True)
def main(names: Sequence[str], photos: int, images: int, full: Sequence[str]) -> None:
    """Measure the networks one after the other."""
    WORK.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    file = RESULTS / "effects_exact.json"
    known = json.loads(file.read_text())["networks"] if file.exists() else {}
    for name in names or ("squeezenet1_1", "mobilenet_v2", "resnet20"):
        measuring = Measuring(name, photos, images)
        rows = measuring.rows(full)
        known[name] = {
            "photos": photos,
            "images": images,
            "layers_measured": len(rows),
            "layers_of": len(measuring.layers),
            "seconds": round(sum(row["seconds"] for row in rows), 1),
            "layers": rows,
        }
        write("effects_exact", {"networks": known})


if __name__ == "__main__":
    main()
