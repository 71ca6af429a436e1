"""What is behind the images that a network takes for another class than their label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from convatlas.lenses.effects.records import Behind, PredictionsData
from convatlas.lenses.effects.totals import effect
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.records import short

MOST = 512
"""Maximum number of wrong images that are looked into, spread evenly over all of them."""
FILTERS = 8
"""Maximum number of filters that are kept for each."""


def wrong_images(predictions: PredictionsData) -> list[int]:
    """Return the images that are looked into, by their indices."""
    pairs = zip(predictions["predicted"], predictions["target"], strict=True)
    wrong = [
        index
        for index, (predicted, target) in enumerate(pairs)
        if target is not None and predicted != target
    ]
    return [wrong[place] for place in spread(len(wrong), MOST)] if wrong else []


def suspects(layers: Sequence[Layer], network: NetworkFacts) -> list[Layer]:
    """Return the layers whose filters may be behind a mistake.

    A last layer with a filter for each class is none of them: behind each mistake there would be
    the filter that is the class, and that says nothing.

    Args:
        layers: Those that the atlas shows.
        network: The network.
    """
    last = network.layers[-1]
    return [
        layer
        for layer in layers
        if layer.consumed is not None and not (layer == last and layer.filters == network.scores)
    ]


def behind(products: Mapping[str, Tensor], baselines: Mapping[str, Tensor]) -> list[list[Behind]]:
    """Return, for each image, the filters with the highest effects above zero, over all layers.

    Args:
        products: By layer, ``totals.products`` with the gradients of the logit of the predicted
            class minus that of the labelled one [2, n, filters].
        baselines: By layer, what its filters are set to [filters].
    """
    names = [(name, index) for name in products for index in range(len(baselines[name]))]
    effects = torch.cat([effect(found, baselines[name]) for name, found in products.items()], 1)
    effects = torch.where(effects.isfinite(), effects, 0)
    values, places = effects.sort(dim=1, descending=True, stable=True)
    return [
        [(*names[place], short(value)) for value, place in zip(own, of, strict=True) if value > 0]
        for own, of in zip(values[:, :FILTERS].tolist(), places[:, :FILTERS].tolist(), strict=True)
    ]
