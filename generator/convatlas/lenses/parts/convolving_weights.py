"""The tensor that convolves in a layer, for lenses that look at weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from convatlas.lenses.base import RenderContext
    from convatlas.model.facts import Layer


def convolving_weight(context: RenderContext, layer: Layer) -> Tensor | None:
    """Return the tensor that convolves in a layer; None if no forward pass shows it.

    It is the module's own weight, or what the module computes from its parameters.
    """
    from convatlas.network.weights import own_weight

    weight = own_weight(context.module, layer)
    return context.once(_recorded).get(layer.name) if weight is None else weight


def _recorded(context: RenderContext) -> Mapping[str, Tensor]:
    from convatlas.network.weights import recorded_weights

    preprocessing = context.plan.network.preprocessing
    return recorded_weights(context.module, (preprocessing.channels, *preprocessing.size))
