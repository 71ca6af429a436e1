"""The L1 norms of kernels.

As in Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), arXiv 1608.08710.
"""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.base import RenderContext
from convatlas.lenses.parts.convolving_weights import convolving_weight
from convatlas.network.weights import kernel_norms


def norms(context: RenderContext, names: Sequence[str]) -> dict[str, list[float]]:
    """Return by layer the norms of its kernels, without the batch norm that follows.

    Layers are left out whose kernels are computed from each picture, not known, or not finite.
    """
    found = {}
    for name in names:
        layer = context.layer(name)
        if layer.dynamic:
            continue
        weight = convolving_weight(context, layer)
        if weight is not None and bool(weight.isfinite().all()):
            found[name] = kernel_norms(weight, layer).tolist()
    return found
