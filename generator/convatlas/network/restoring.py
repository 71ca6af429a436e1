"""Forward passes in which filters keep the activations that another picture gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.model.facts import Layer, Tap
from convatlas.network.activations import consumed
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.responses import tap
from convatlas.network.tapping import Tapping

Filters = Sequence[int]
"""Indices of filters of a layer [k]."""


def kept(
    network: nn.Module, layers: Mapping[Layer, Filters], inputs: Tensor
) -> dict[Layer, Tensor]:
    """Return the activations of some filters [n, k, height, width] by layer.

    Layers that the pictures do not reach have none.

    Args:
        network: The network.
        layers: The filters of each layer.
        inputs: A batch [n, channels, height, width].
    """
    found: dict[Layer, Tensor] = {}

    def keep(layer: Layer, activations: Tensor) -> None:
        found[layer] = activations[:, list(layers[layer])].clone()

    with torch.no_grad():
        tap(network, inputs.clone(), {consumed(layer): partial(keep, layer) for layer in layers})
    return found


def restored(
    network: nn.Module,
    layers: Mapping[Layer, Filters],
    inputs: Tensor,
    activations: Mapping[Layer, Tensor],
) -> Any:
    """Return the output of a network in which some filters keep given activations.

    Args:
        network: The network.
        layers: The filters of each layer.
        inputs: A batch [n, channels, height, width].
        activations: What ``kept`` returned for other pictures of the same number and size.
    """
    changes = {consumed(each): (layers[each], maps) for each, maps in activations.items()}
    mode = _Restoring(network, changes, inputs)
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for context in (foreign_exceptions(), as_written(), mode.observing()):
            stack.enter_context(context)
        return network(inputs.clone())  # because the network may write to it


class _Restoring(Tapping):
    """Writes maps into activations, where the network reads them."""

    def __init__(
        self, network: nn.Module, changes: Mapping[Tap, tuple[Filters, Tensor]], inputs: Tensor
    ) -> None:
        taps = dict.fromkeys(changes, _ignore)
        super().__init__(network, taps, inputs.dtype, pictures=len(inputs), stop=False)
        self._changes = changes

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Write maps into some filters of a layer.

        Raises:
            RuntimeError: the pictures are groups of one map that is not contiguous.
        """
        self.waiting.pop(tap)
        filters, maps = self._changes[tap]
        if tap.grouped and len(result) == 1:
            result = result.view(self.pictures, -1, *result.shape[2:])
        elif tap.channels_last:
            result = result.permute(0, 3, 1, 2)
        result[:, list(filters)] = maps.to(result.dtype)


def _ignore(_: Tensor) -> None:
    """Do nothing with a response."""
