"""Kernels as the network applies them: with the scale of the batch norm that follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.model.facts import Layer
from convatlas.network.weights import layer_weights

Floats = NDArray[np.float32]


def folded_kernels(network: nn.Module, layer: Layer, weight: Tensor) -> Floats:
    """Return a layer's kernels with its batch norm in them [filters, inputs, rows, columns].

    A norm that takes its statistics from the pictures is in them with its weight alone.

    Args:
        network: The network.
        layer: The layer.
        weight: The tensor that convolves, as ``layer_weights`` takes it.
    """
    kernels = layer_weights(weight, layer)
    if layer.norm is None:
        return kernels
    return kernels * _scale(network.get_submodule(layer.norm), layer.filters)[:, None, None, None]


def _scale(norm: nn.Module, filters: int) -> Floats:
    """Return what a batch norm multiplies each channel by [filters]."""
    weight, variance = getattr(norm, "weight", None), getattr(norm, "running_var", None)
    scale: Floats = np.ones(filters, np.float32)
    if isinstance(weight, Tensor):
        scale = weight.detach().float().cpu().numpy()
    if isinstance(variance, Tensor):
        scale = scale / (variance.float().cpu() + float(getattr(norm, "eps", 0.0))).sqrt().numpy()
    return scale
