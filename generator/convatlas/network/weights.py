"""The tensors that convolve: a module's own weight, or what is computed from its parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.model.facts import Layer
from convatlas.network.fingerprints import tensor_digest
from convatlas.network.trace.layers import recorded_calls

Floats = NDArray[np.float32]


def own_weight(network: nn.Module, layer: Layer) -> Tensor | None:
    """Return the weight of a layer's module; None if it is not this tensor that convolves."""
    weight = getattr(network.get_submodule(layer.module), "weight", None)
    if isinstance(weight, Tensor) and tensor_digest(weight) == layer.weights:
        return weight
    return None


def layer_weights(weight: Tensor, layer: Layer) -> Floats:
    """Return a layer's weights as [filters, input slices, height, width].

    Args:
        weight: The tensor that convolves, as the convolution takes it: of a transposed one,
            [inputs, filters of a group, height, width], and of a linear layer [filters, inputs].
        layer: The layer.
    """
    weights: Floats = weight.detach().to_dense().float().cpu().numpy()
    if weights.ndim == 2:
        return weights[:, :, None, None]
    if not layer.transposed:
        return weights
    inputs, filters, height, width = weights.shape
    grouped = weights.reshape(layer.groups, inputs // layer.groups, filters, height, width)
    return grouped.swapaxes(1, 2).reshape(layer.filters, inputs // layer.groups, height, width)


def kernel_norms(weight: Tensor, layer: Layer) -> Tensor:
    """Return the L1 norm of each filter's kernel [filters], in float64.

    Args:
        weight: The tensor that convolves: [filters, inputs of a group, ...], of a linear layer as
            well; of a transposed convolution [inputs, filters of a group, ...].
        layer: The layer.
    """
    size = weight.detach().to_dense().cpu().double().abs()
    sizes = size.flatten(2).sum(2) if size.dim() > 2 else size
    if layer.transposed:
        return sizes.reshape(layer.groups, -1, sizes.shape[1]).sum(1).flatten()
    return sizes.sum(1)


def recorded_weights(network: nn.Module, shape: tuple[int, int, int]) -> Mapping[str, Tensor]:
    """Return the tensors that convolve in a recorded forward pass, by the names of the layers.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.

    Raises:
        NetworkError: the network does not run on such an input.
    """
    calls = recorded_calls(network, shape)
    return {call.name: call.made.weight for call in calls if call.made.weight is not None}
