"""The test of predicted effects: filters are really set to their baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from convatlas.lenses.effects.ablations import Ablations
from convatlas.lenses.effects.records import Audit
from convatlas.lenses.effects.totals import LayerTotals
from convatlas.lenses.parts.agreement import slope, spearman
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.model.records import short

FILTERS = 16
IMAGES = 16


class Auditor:
    """Sets filters of a network to values, one at a time, on a few images.

    Args:
        ablations: Sets them.
        images: The indices of the images by which it is tested.
        inputs: These images, [n, channels, height, width].
    """

    def __init__(self, ablations: Ablations, images: Sequence[int], inputs: Tensor) -> None:
        self.ablations = ablations
        self.images = images
        self.inputs = inputs

    def true_effects(self, layer: Layer, filters: Sequence[int], baseline: Tensor) -> Tensor:
        """Return by how much the leads fall without each of some filters [filters, n].

        Args:
            layer: The layer.
            filters: The indices of the filters.
            baseline: What the layer's filters are set to [all filters].
        """
        found = []
        for start in range(0, len(self.images), self.ablations.images):
            images = self.images[start : start + self.ablations.images]
            inputs = self.inputs[start : start + len(images)]
            pairs = [(place, index) for index in filters for place in range(len(images))]
            effects = self.ablations.effects(layer, images, inputs, pairs, baseline)
            found.append(effects.view(len(filters), len(images)))
        return torch.cat(found, 1)


def audit(
    auditor: Auditor, layer: Layer, totals: LayerTotals, baseline: Tensor, filters: int = FILTERS
) -> Audit:
    """Return how well the predicted effects of a layer's filters agree with the true ones.

    Args:
        auditor: Has some images of the sample; those that do not reach the layer do not count.
        layer: The layer.
        totals: Its totals.
        baseline: What its filters are set to [filters].
        filters: How many filters are tested at most.
    """
    order = totals.importance(baseline).argsort(descending=True, stable=True)
    chosen = order[spread(len(order), filters)].tolist()
    row = {image: place for place, image in enumerate(totals.sampled)}
    shown = [place for place, image in enumerate(auditor.images) if image in row]
    rows = [row[auditor.images[place]] for place in shown]
    predicted = totals.effects(baseline)[rows][:, chosen].T.numpy()
    true = auditor.true_effects(layer, chosen, baseline)[:, shown].numpy()
    sizes = [np.abs(effects).mean(1) for effects in (predicted, true)]
    return {
        "filters": len(chosen),
        "images": len(rows),
        "spearman": spearman(predicted.flatten(), true.flatten()),
        "spearman_filters": spearman(*sizes),
        "slope": slope(predicted.flatten(), true.flatten()),
        "size": short(float(sizes[1].mean())) if np.isfinite(sizes[1]).all() else None,
    }
