"""The taps of what a network goes on with after a layer: its response after the nonlinearity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import nn

from convatlas.model.facts import Tap
from convatlas.network.trace.maps import LAST
from convatlas.network.trace.modules import Convolution
from convatlas.network.trace.norms import missed_taps, with_norm
from convatlas.network.trace.successors import Norm, activation_after


def consumed_taps(
    network: nn.Module, shape: tuple[int, int, int], norms: Mapping[Convolution, Norm]
) -> dict[Convolution, Tap]:
    """Return the tap of what the network goes on with after each convolution.

    It is the result of the nonlinearity that directly follows the response. Where there is none,
    or another forward pass does not find it again, it is the response.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.
        norms: The recorded convolutions, each with its batch norm.
    """
    responses = {made: with_norm(made, norm) for made, norm in norms.items()}
    taps = {made: _after_nonlinearity(tap, made, norms[made]) for made, tap in responses.items()}
    tried = [tap for made, tap in taps.items() if tap != responses[made]]
    missed = missed_taps(network, shape, tried) if tried else set()
    return {made: responses[made] if tap in missed else tap for made, tap in taps.items()}


def _after_nonlinearity(tap: Tap, made: Convolution, norm: Norm) -> Tap:
    """Return a response's tap with the nonlinearity that follows in the recorded forward pass."""
    response = norm.steps[-1] if norm.steps else made.node
    if response is None:
        return tap
    found = activation_after(response, norm.axes)
    calls = tuple(step.call for step in found.steps if step.call is not None)
    if len(calls) < len(found.steps) or not calls:
        return tap
    return replace(tap, norm=(*tap.norm, *calls), channels_last=found.axes == LAST)
