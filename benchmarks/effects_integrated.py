"""Does integrating the gradient towards the mean predict real ablation better?

For some layers of SqueezeNet 1.1: the rank correlation with real ablation of the gradient at the
activations, of the gradient half way to the mean, and of the mean of four on the way (midpoints).
All filters of a layer are moved together. ``LAYER ...`` takes other layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor, nn

from convatlas.lenses.effects.audit import Auditor
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.parts.agreement import spearman
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer, Tap
from convatlas.network.activations import Activations, consumed
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.replacing import Replacing
from convatlas.network.responses import normalise
from convatlas.network.tapping import as_maps
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from effects import configuration
from machine import WORK, write

LAYERS = (
    "features.0",
    "features.3.squeeze",
    "features.3.expand3x3",
    "features.6.expand3x3",
    "features.12.expand1x1",
    "classifier.1",
)
FILTERS = 16
IMAGES = 16


class Moved(Replacing):
    """Lets a network go on with an activation that is moved towards a baseline, as a leaf."""

    def __init__(
        self,
        network: nn.Module,
        tap: Tap,
        inputs: Tensor,
        baseline: Tensor,
        share: float,
    ) -> None:
        super().__init__(network, tap, inputs)
        self.baseline = baseline
        self.share = share

    def replacement(self, tap: Tap, activations: Tensor) -> Tensor:
        """Return what takes the activation's place."""
        moved = activations.detach().clone()
        maps = as_maps(tap, moved, self.pictures)
        baseline = self.baseline.to(maps)[:, None, None]
        maps.copy_(baseline + self.share * (maps - baseline))
        return moved.requires_grad_()


def gradient_at(
    network: nn.Module,
    layer: Layer,
    inputs: Tensor,
    baseline: Tensor,
    share: float,
    target: Callable[[Any], Tensor],
) -> Tensor | None:
    """Return a gradient with respect to a layer's activations on the way to a baseline.

    Args:
        network: The network.
        layer: The layer.
        inputs: A batch [n, channels, height, width].
        baseline: A value for each filter [filters].
        share: How far from the baseline, at 0, to the activations, at 1, the gradient is taken.
        target: Returns the number that is differentiated from what the network returns.

    Returns:
        [n, filters, rows, columns]; None if the target does not depend on them, or the network
        does not go on with what takes their place.
    """
    tap = consumed(layer)
    mode = Moved(network, tap, inputs, baseline, share)
    with torch.inference_mode(False), torch.enable_grad():
        with foreign_exceptions(), as_written(), mode.observing():
            number = target(network(inputs.clone()))
        if mode.given is None or not number.requires_grad:
            return None
        (found,) = torch.autograd.grad(number, mode.given, allow_unused=True)
    return None if found is None else as_maps(tap, found, len(inputs))


def integrated(
    network: nn.Module,
    layer: Layer,
    inputs: Tensor,
    baseline: Tensor,
    study: Study,
    images: Sequence[int],
    steps: int,
) -> Tensor:
    """The effects [n, filters] by the mean of ``steps`` gradients on the way to the mean."""

    def lead(output: Any) -> Tensor:
        return study.target.score(output, images).lead.sum()

    shares = [(step + 0.5) / steps for step in range(steps)]
    found = [gradient_at(network, layer, inputs, baseline, share, lead) for share in shares]
    gradient = torch.stack([each for each in found if each is not None]).mean(0)
    values = Activations(network, [layer], inputs).values[layer.name]
    return ((values - baseline.to(values)[:, None, None]) * gradient).sum((2, 3)).double()


def agreement(predicted: Tensor, true: Tensor) -> list[float | None]:
    """Rank correlations of effects [filters, images]: over all pairs, and over the filters."""
    first, second = predicted.numpy(), true.numpy()
    sizes = [np.abs(each).mean(1) for each in (first, second)]
    return [spearman(first.flatten(), second.flatten()), spearman(*sizes)]


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
def main(names: Sequence[str]) -> None:
    """Measure the layers one after the other."""
    WORK.mkdir(exist_ok=True)
    rows = {}
    with Store(WORK / "effects-store") as store:
        workspace = Workspace(configuration("squeezenet1_1"), OpenCatalog(store))
        opened = workspace.plan_contexts()[0].network.name
        context = workspace.render_context(opened, "cpu")
        layers = [context.layer(name) for name in names or LAYERS]
        study = Study(context, layers, ClassTarget.of(context.plan))
        study.run()
        chosen = [sorted(study.sample)[place] for place in spread(len(study.sample), IMAGES)]
        shown = torch.cat([pictures for _, pictures in image_batches(context, 8, chosen)])
        inputs = normalise(shown, context.plan.network.preprocessing)
        auditor = Auditor(study.ablations, chosen, inputs)
        for layer in layers:
            totals = study.totals[layer.name]
            mean = totals.mean
            order = totals.importance(mean).argsort(descending=True)
            filters = order[spread(len(order), FILTERS)].tolist()
            true = auditor.true_effects(layer, filters, mean)
            places = [totals.sampled.index(image) for image in chosen]
            ways = {"at the activations": totals.effects(mean)[places]}
            for title, steps in (("half way", 1), ("four midpoints", 4)):
                ways[title] = integrated(context.module, layer, inputs, mean, study, chosen, steps)
            rows[layer.name] = {
                title: agreement(effects[:, filters].T, true) for title, effects in ways.items()
            }
            print(layer.name, rows[layer.name], flush=True)
    write("effects_integrated", {"filters": FILTERS, "images": IMAGES, "layers": rows})


if __name__ == "__main__":
    main()
