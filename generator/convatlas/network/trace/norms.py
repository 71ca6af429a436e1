"""The batch norms that belong to responses, and the taps that include them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn

from convatlas.model.facts import Tap
from convatlas.network.responses import tap
from convatlas.network.trace.maps import LAST
from convatlas.network.trace.modules import Convolution
from convatlas.network.trace.record import as_found, noise
from convatlas.network.trace.successors import Norm, norm_after

log = logging.getLogger("convatlas.network")


def norms_after(
    network: nn.Module, shape: tuple[int, int, int], convolutions: Iterable[Convolution]
) -> dict[Convolution, Norm]:
    """Return the steps of the batch norm that directly follows each convolution.

    They are left out where another forward pass on the recorded picture does not find them again.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.
        convolutions: The recorded convolutions.
    """
    norms = {made: _norm(made) for made in convolutions}
    taps = {with_norm(made, norms[made]): made for made in convolutions}
    tried = [each for each in taps if each.norm]
    if tried:
        for missed in missed_taps(network, shape, tried):
            norms[taps[missed]] = Norm([], taps[missed].axes)
    return norms


def missed_taps(network: nn.Module, shape: tuple[int, int, int], taps: Iterable[Tap]) -> set[Tap]:
    """Return the taps that a forward pass does not reach; none if it fails, unlike the first."""
    try:
        with as_found(network), torch.no_grad():
            return tap(network, noise(network, shape), dict.fromkeys(taps, _ignore))
    except Exception:  # the network is the user's code and may raise anything
        log.debug("the second forward pass", exc_info=True)
        return set()


def with_norm(made: Convolution, norm: Norm) -> Tap:
    """Return the tap of a convolution with the norm after it."""
    calls = tuple(step.call for step in norm.steps if step.call is not None)
    return replace(made.tap, norm=calls, channels_last=norm.axes == LAST)


def _norm(made: Convolution) -> Norm:
    """Return the norm that directly follows in the recorded forward pass."""
    norm = norm_after(made.node, made.axes) if made.node is not None else Norm([], made.axes)
    return norm if norm.steps and norm.steps[-1].call is not None else Norm([], made.axes)


def _ignore(response: Tensor) -> None:
    """Do nothing with a response."""
