"""The tensors that convolve: a module's own weight, or what is computed from its parameters."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from convatlas.model.records import Layer
from convatlas.network.fingerprints import tensor_digest
from convatlas.network.trace.layers import recorded_calls


def own_weight(network: nn.Module, layer: Layer) -> Tensor | None:
    """Return the weight of a layer's module; None if it is not this tensor that convolves."""
    weight = getattr(network.get_submodule(layer.module), "weight", None)
    if isinstance(weight, Tensor) and tensor_digest(weight) == layer.weights:
        return weight
    return None


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
