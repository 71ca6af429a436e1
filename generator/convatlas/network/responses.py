"""Record the responses of layers in a forward pass, and stop it after the last one needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.errors import NetworkError
from convatlas.model.facts import Layer, Preprocessing, Tap
from convatlas.network.constants import constant_like
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.gradients import GradientsOn, NoGradient
from convatlas.network.memory import out_of_memory
from convatlas.network.plain import as_written
from convatlas.network.tapping import Receive, Served, Tapping


def tap(
    network: nn.Module, inputs: Tensor, taps: Mapping[Tap, Receive], *, stop: bool = True
) -> set[Tap]:
    """Run the network on ``inputs``, pass on what each tap gives, and return those not reached.

    What is passed on has the type of the inputs.

    Batch norms without running statistics normalise each picture by itself, so that its response
    does not depend on the rest of the batch. Compiled functions run as Python, and checkpoints as
    plain calls. Whether gradients are recorded is up to the caller.

    Args:
        network: The network.
        inputs: A batch [n, channels, height, width] of any type, on any device.
        taps: The function that receives the response of each tap, as soon as it is computed.
        stop: Whether the forward pass ends after the last tap.
    """
    mode = Tapping(network, taps, inputs.dtype, pictures=len(inputs), stop=stop)
    try:
        with foreign_exceptions(), as_written(), mode.observing():
            network(inputs)
    except Served:
        pass
    return set(mode.waiting)


def complete_pass(network: nn.Module, inputs: Tensor, taps: Mapping[Tap, Receive]) -> Any:
    """Run the whole network, pass on what each tap gives, and return the network's output.

    What is passed on, and how the network runs, is as of ``tap``; taps may not be reached.

    Args:
        network: The network.
        inputs: A batch [n, channels, height, width] of any type, on any device.
        taps: The function that receives the response of each tap, as soon as it is computed.
    """
    mode = Tapping(network, taps, inputs.dtype, pictures=len(inputs), stop=False)
    with foreign_exceptions(), as_written(), mode.observing():
        return network(inputs)


def respond(network: nn.Module, layer: Layer, inputs: Tensor, *, single: bool = False) -> Tensor:
    """Return the responses of one layer, [n, filters, height, width]; nothing after it is run.

    If the inputs have a gradient, so have the responses, even if the network switches it off.

    Args:
        network: The network.
        layer: The layer.
        inputs: A batch [n, channels, height, width] of any type, on any device.
        single: Whether the network is shown one picture at a time.

    Raises:
        NoGradient: the inputs have a gradient, and the responses cannot have one.
        NetworkError: the layer is not reached, or does not return one map for each picture.
    """
    if single and len(inputs) > 1:
        return torch.cat([respond(network, layer, one) for one in torch.split(inputs, 1)])
    asked = torch.is_grad_enabled() and inputs.requires_grad
    response = (_differentiable if asked else _tapped)(network, layer, inputs)
    if len(response) != len(inputs):
        raise NetworkError(
            f"the layer {layer.name} answers {len(inputs)} pictures with {len(response)} maps,"
            " not with one for each; leave it out with `layers:`"
        )
    return response


def _tapped(network: nn.Module, layer: Layer, inputs: Tensor) -> Tensor:
    """Return the result of a layer's call.

    Raises:
        NetworkError: it is not reached.
    """
    results: list[Tensor] = []
    if tap(network, inputs, {tap_of(layer): results.append}):
        raise not_reached(layer, inputs.shape[-2:])
    return results[0]


def _differentiable(network: nn.Module, layer: Layer, inputs: Tensor) -> Tensor:
    """Return the same with a gradient, even if the network switches it off or fails with one.

    Raises:
        NoGradient: it cannot be switched on.
    """
    failure: Exception | None = None
    try:
        response = _tapped(network, layer, inputs)
        if response.requires_grad:
            return response
    except RuntimeError as error:
        if out_of_memory(error):
            raise
        failure = error
    gradients = GradientsOn()
    with gradients:
        try:
            response = _tapped(network, layer, inputs)
        except RuntimeError as error:
            raise failure or error from None
    if not response.requires_grad:
        raise NoGradient(
            f"no gradient reaches the layer {layer.name}{gradients.end}; without one, no picture"
            " can be optimised"
        )
    return response


def tap_of(layer: Layer) -> Tap:
    """Return a layer's tap.

    Raises:
        NetworkError: the recorded forward pass does not reach the layer.
    """
    if layer.tap is None:
        raise NetworkError(
            f"the layer {layer.name} is never reached by the forward pass; leave it out: `layers:`"
        )
    return layer.tap


def not_reached(layer: Layer, size: Sequence[int]) -> NetworkError:
    """Return the error that the path for a picture of a size [height, width] leaves a layer out."""
    height, width = size
    return NetworkError(
        f"the layer {layer.name} is not reached: on this picture of {height} x {width} pixels, the"
        " network takes another path than when it was recorded; leave it out with `layers:`"
    )


def as_inputs(
    pixels: NDArray[np.uint8], preprocessing: Preprocessing, device: torch.device
) -> Tensor:
    """Convert pictures [n, height, width, channels] from 0 to 255 into inputs on a device."""
    pictures = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div_(255)
    return normalise(pictures, preprocessing)


def normalise(pictures: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Normalise pictures [n, channels, height, width] from 0 to 1 as the network expects them."""
    mean = constant_like(pictures, preprocessing.mean).view(-1, 1, 1)
    std = constant_like(pictures, preprocessing.std).view(-1, 1, 1)
    return (pictures - mean) / std
