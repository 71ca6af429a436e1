"""Many ablations in one pass: pictures go as far as a layer once, and from there on many times.

What comes before a layer does not depend on its filters. So a few pictures are shown, and behind
the layer's activations the network goes on with more rows than pictures, each of them a picture
with one filter set to a value, or with none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.errors import NetworkError
from convatlas.model.facts import Layer, Tap
from convatlas.network.activations import consumed
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.replacing import Replacing
from convatlas.network.trace.calls import tensors_of


class _Onward(Replacing):
    """Puts rows in the place of activations, and of all else that meets them behind."""

    def __init__(
        self,
        network: nn.Module,
        tap: Tap,
        inputs: Tensor,
        rows: Tensor,
        changes: tuple[Tensor, Tensor, Tensor],
    ) -> None:
        super().__init__(network, tap, inputs)
        self._rows = rows
        self._changes = changes

    def evaluate(
        self,
        func: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Call a function; where pictures meet rows, with rows of both."""
        if self.given is not None:
            sizes = {len(tensor) for tensor in tensors_of(args, kwargs) if tensor.dim()}
            if {self.pictures, len(self._rows)} <= sizes:
                args = tuple(map(self._in_rows, args))
                kwargs = {key: self._in_rows(value) for key, value in kwargs.items()}
        return func(*args, **kwargs)

    def _in_rows(self, value: Any) -> Any:
        """Return an argument with rows in the place of pictures."""
        if isinstance(value, Tensor) and not isinstance(value, nn.Parameter) and value.dim():
            return value[self._rows] if len(value) == self.pictures else value
        return type(value)(map(self._in_rows, value)) if type(value) in (list, tuple) else value

    def replacement(self, tap: Tap, activations: Tensor) -> Tensor:
        """Return the rows that are made from the activations.

        Raises:
            NetworkError: the pictures are no rows of the activations.
        """
        if len(activations) != self.pictures:
            raise NetworkError("the pictures are no rows of a batch there")
        given = activations[self._rows]
        places, filters, values = self._changes
        if tap.channels_last:
            given[places, ..., filters] = values[:, None, None].to(given)
        else:
            given[places, filters] = values[:, None, None].to(given)
        return given


def onward(
    network: nn.Module,
    layer: Layer,
    inputs: Tensor,
    rows: Tensor,
    changes: tuple[Tensor, Tensor, Tensor],
) -> Any:
    """Return the output of a network for rows in each of which a filter is set to a value.

    Networks that count their pictures before the layer may raise anything, or take no notice: hold
    the output against that of ``ablated``.

    Args:
        network: The network.
        layer: The layer whose filters are set.
        inputs: Pictures [n, channels, height, width], of a number that is ``apart``.
        rows: The picture that each row is, by its place in the batch [r]; more rows than pictures.
        changes: The rows that are changed [k], and in each of them the index of the filter [k] and
            its value [k].
    """
    mode = _Onward(network, consumed(layer), inputs, rows, changes)
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for context in (foreign_exceptions(), as_written(), mode.observing()):
            stack.enter_context(context)
        return network(inputs.clone())  # because the network may write to it


def apart(network: nn.Module, most: int) -> int:
    """Return the largest number of pictures by which no parameter or buffer is mistaken for them.

    Args:
        network: The network.
        most: The number that may not be exceeded.
    """
    tensors = (*network.parameters(), *network.buffers())
    taken = {len(tensor) for tensor in tensors if tensor.dim()}
    return next((count for count in range(most, 1, -1) if count not in taken), 1)
