"""Record the responses of layers in a forward pass, and stop it after the last one needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from convatlas.errors import NetworkError
from convatlas.model.records import Layer, Preprocessing
from convatlas.network.trace.calls import CallCounter, name_of

Tap = tuple[str, int]
"""A function's name and the index of one of its calls, counted from zero."""
Receive = Callable[[Tensor], None]


class _Served(BaseException):
    """All taps have been reached; not an Exception, so that the network's code cannot catch it."""


class _Tapping(CallCounter):
    """Passes on the results of tapped calls, and normalises every picture by itself."""

    def __init__(self, taps: Mapping[Tap, Receive]) -> None:
        super().__init__()
        self.waiting = dict(taps)
        self._names = {name for name, _ in taps}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function and pass its result on before anything can write to it."""
        name = name_of(func)
        result = PER_PICTURE.get(func, func)(*args, **(kwargs or {}))
        if name in self._names:
            receive = self.waiting.pop((name, self.number(name)), None)
            if receive is not None:
                receive(result)
                self.served()
        return result

    def served(self) -> None:
        """Called after each tap."""


class _Cutting(_Tapping):
    """Ends the forward pass after the last tap."""

    def served(self) -> None:
        """End the forward pass if no tap is left."""
        if not self.waiting:
            raise _Served


def tap(
    network: nn.Module, inputs: Tensor, taps: Mapping[Tap, Receive], *, stop: bool = True
) -> None:
    """Run the network on ``inputs`` and pass on the result of each tapped call.

    Batch norms without running statistics normalise each picture by itself, so that its response
    does not depend on the rest of the batch. Whether gradients are recorded is up to the caller.

    Args:
        network: The network.
        inputs: A batch [n, channels, height, width] of any type, on any device.
        taps: The function that receives the result of each tapped call, as soon as it is computed.
        stop: Whether the forward pass ends after the last tap.

    Raises:
        NetworkError: a tap is not reached.
    """
    mode = _Cutting(taps) if stop else _Tapping(taps)
    try:
        with mode:
            network(inputs)
    except _Served:
        return
    if mode.waiting:
        name, ordinal = next(iter(mode.waiting))
        height, width = inputs.shape[-2:]
        raise NetworkError(
            f"call {ordinal} of {name} was not reached on an input of {height} x {width} pixels,"
            " though it was when the network was recorded; leave out layers that are only"
            " sometimes used with `layers:`"
        )


def respond(network: nn.Module, layer: Layer, inputs: Tensor, *, single: bool = False) -> Tensor:
    """Return the responses of one layer, [n, filters, height, width]; nothing after it is run.

    Args:
        network: The network.
        layer: The layer.
        inputs: A batch [n, channels, height, width] of any type, on any device.
        single: Whether the network is shown one picture at a time.

    Raises:
        NetworkError: the layer is not reached, or does not return one map for each picture.
    """
    if single and len(inputs) > 1:
        return torch.cat([respond(network, layer, one) for one in torch.split(inputs, 1)])
    if layer.tap is None:
        raise NetworkError(
            f"the layer {layer.name} is never reached by the forward pass; leave it out: `layers:`"
        )
    results: list[Tensor] = []
    tap(network, inputs, {layer.tap: results.append})
    response = results[0]
    if len(response) != len(inputs):
        raise NetworkError(
            f"the layer {layer.name} answers {len(inputs)} pictures with {len(response)} maps,"
            " not with one for each; leave it out with `layers:`"
        )
    return response


def as_inputs(
    pixels: NDArray[np.uint8], preprocessing: Preprocessing, device: torch.device
) -> Tensor:
    """Convert pictures [n, height, width, channels] from 0 to 255 into inputs on a device."""
    pictures = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div_(255)
    return normalise(pictures, preprocessing)


def normalise(pictures: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Normalise pictures [n, channels, height, width] from 0 to 1 as the network expects them."""
    mean = pictures.new_tensor(preprocessing.mean).view(-1, 1, 1)
    std = pictures.new_tensor(preprocessing.std).view(-1, 1, 1)
    return (pictures - mean) / std


def _batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Apply ``functional.batch_norm`` as if each picture were a batch of one."""
    if training and input.dim() > 2:
        return functional.instance_norm(input, weight=weight, bias=bias, eps=eps)
    return functional.batch_norm(
        input, running_mean, running_var, weight, bias, training, momentum, eps
    )


def _raw_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Apply ``torch.batch_norm``, which takes the same arguments in another order."""
    return _batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


PER_PICTURE: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.batch_norm: _batch_norm,
    torch.batch_norm: _raw_batch_norm,
}
