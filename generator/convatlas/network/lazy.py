"""Lazy modules, which draw their weights when they are called for the first time."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from convatlas.config.user_code import UserCodeError, call
from convatlas.errors import NetworkError
from convatlas.network.trace.record import as_found, noise
from convatlas.network.trace.refused_input import explain

Shape = tuple[int, int, int]


def draw_weights(network: nn.Module, shape: Shape) -> None:
    """Let the lazy modules of a network draw their weights, by running it once on a picture.

    Modules that the forward pass does not reach stay as they are. The draw is always the same.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.

    Raises:
        NetworkError: the network does not run on such an input.
    """
    if not any(is_lazy(each) for each in (*network.parameters(), *network.buffers())):
        return
    with as_found(network), torch.no_grad():
        batch = noise(network, shape)
        try:
            call(lambda: network(batch), "a lazy network")
        except UserCodeError as failure:
            cause = failure.__cause__
            if not isinstance(cause, Exception):
                raise
            raise NetworkError(explain(network, shape, cause)) from cause
