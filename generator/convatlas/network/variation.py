"""How much responses to one picture vary: from run to run, and beside other pictures."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from convatlas.model.facts import Layer, Variation
from convatlas.network.copying import copied
from convatlas.network.responses import tap
from convatlas.network.trace.record import as_found, noise
from convatlas.network.uncopyable import deep_copy

log = logging.getLogger("convatlas.network")

TOLERANCE = 1e-4
"""Share of a layer's strongest response by which rounding may change a response.

Between batches of one and of four, 14 of torchvision's networks differ by at most 1.5e-6; what
differs by more is looked at again in double precision. Numbers on pages have three digits."""

MOST = 2**16
"""Maximum number of responses of a layer that are compared; they are evenly spaced."""

OTHERS = ((0.1, 0.0), (1.0, 0.5), (0.5, -1.0))
"""Standard deviation and mean of the pictures beside the probe picture."""

PLACE = 1
"""The probe picture's index in the batch, where it is not the first, the last, or in the middle."""

Values = dict[str, Tensor]
"""Some responses to the probe picture, by layer; layers without a map for each picture miss."""


def varying(
    network: nn.Module, shape: tuple[int, int, int], layers: Sequence[Layer]
) -> tuple[tuple[Layer, ...], bool]:
    """Return layers with their variation, and whether pictures have to be shown one at a time.

    The network is shown a picture of faint noise by itself, then the same picture in a batch with
    others. Only if that makes a difference or the network draws random numbers, it is shown by
    itself again and again, to tell a network that answers differently each time from one whose
    responses depend on the batch. State and random numbers go on between these runs, as they do in
    use; the network is left as it was.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.
        layers: Its recorded layers.
    """
    reached = [layer.name for layer in layers if layer.tap is not None]
    with as_found(network), torch.no_grad():
        probe = noise(network, shape)
        if _steady(_Runs(_separate(network), probe, layers), reached):
            return tuple(layers), False
        alone, beside = _at_length(network, probe, layers, reached)
    found = {name: _variation(name, alone, beside) for name in reached}
    varied = tuple(replace(layer, varies=found.get(layer.name)) for layer in layers)
    return varied, any(found.values()) or len(beside) < len(reached)


def _steady(runs: _Runs, reached: Sequence[str]) -> bool:
    """Return whether two runs neither differ nor draw random numbers."""
    drawn = _random_state()
    alone, beside = runs.alone(), runs.beside()
    if len(beside) < len(reached) or _random_state() != drawn:
        return False
    return not any(_difference(alone, beside, name) for name in reached)


def _at_length(
    network: nn.Module, probe: Tensor, layers: Sequence[Layer], reached: Sequence[str]
) -> tuple[Sequence[Values], Values]:
    """Return several responses to the picture by itself, and those beside others.

    They are in double precision if the network runs in it.
    """
    for runs in (*_in_double(network, probe, layers), _Runs(_separate(network), probe, layers)):
        first = runs.alone()
        if len(first) == len(reached):
            break
    alone = [first, runs.alone(), runs.again(), runs.alone(), runs.again()]
    return alone, runs.beside()


@dataclass(frozen=True)
class _Runs:
    """Shows the probe picture [1, channels, height, width] to a network, whose state goes on."""

    network: nn.Module
    probe: Tensor
    layers: Sequence[Layer]

    def alone(self) -> Values:
        """Return the responses to the picture by itself."""
        return self._responses(self.probe, 0)

    def again(self) -> Values:
        """Return them after another picture, of which the network may keep something."""
        self._responses(self._others[-1], 0)
        return self.alone()

    def beside(self) -> Values:
        """Return the responses to the picture in a batch with different ones."""
        others = self._others
        return self._responses(torch.cat([*others[:PLACE], self.probe, *others[PLACE:]]), PLACE)

    @property
    def _others(self) -> list[Tensor]:
        """Other pictures [1, channels, height, width]."""
        generator = torch.Generator().manual_seed(PLACE)
        noises = [torch.randn(self.probe.shape, generator=generator) for _ in OTHERS]
        pairs = zip(noises, OTHERS, strict=True)
        return [(noise * deviation + mean).to(self.probe) for noise, (deviation, mean) in pairs]

    def _responses(self, inputs: Tensor, place: int) -> Values:
        """Return the responses to one picture of a batch, as far as the network gets."""
        found: Values = {}

        def receiver(name: str) -> Callable[[Tensor], None]:
            def receive(response: Tensor) -> None:
                if len(response) == len(inputs):
                    own = response[place].flatten()
                    found[name] = own[:: -(-len(own) // MOST) or 1].double().clone()

            return receive

        taps = {layer.tap: receiver(layer.name) for layer in self.layers if layer.tap is not None}
        try:
            tap(self.network, inputs.clone(), taps)  # because the network may write to it
        except Exception:  # the network is the user's code and may raise anything
            log.debug("%d pictures at once", len(inputs), exc_info=True)
        return found


def _in_double(network: nn.Module, probe: Tensor, layers: Sequence[Layer]) -> Iterator[_Runs]:
    """Yield runs of a copy in double precision, in which no difference is a rounding error."""
    try:
        yield _Runs(copied(network).double(), probe.double(), layers)
    except Exception:  # the network is the user's code and may raise anything
        log.debug("the network cannot be copied in double precision", exc_info=True)


def _separate(network: nn.Module) -> nn.Module:
    """Return a copy that shares only the parameters, so that all other state stays as it was."""
    try:
        return deep_copy(network, {id(each): each for each in network.parameters()})
    except Exception:  # the network is the user's code and may raise anything
        log.debug("the network cannot be copied", exc_info=True)
        return network


def _random_state() -> tuple[object, ...]:
    """Return what changes whenever random numbers are drawn in the usual ways."""
    numbers = [np.asarray(part).tolist() for part in np.random.get_state()]
    return torch.get_rng_state().tolist(), random.getstate(), numbers


def _variation(name: str, alone: Sequence[Values], beside: Values) -> Variation | None:
    """Return how a layer varies; where it does from run to run, no more can be told.

    A layer that only some of the runs reach varies by all of its range.
    """
    runs = max(_difference(one, other, name) for one, other in combinations(alone, 2))
    if runs:
        return Variation(runs, None)
    batch = _difference(alone[0], beside, name) if name in beside else 0.0
    return Variation(None, batch) if batch else None


def _difference(one: Values, other: Values, name: str) -> float:
    """Return the largest difference as a share of the responses' range; 0 if it is rounding."""
    if name not in one or name not in other:
        return float((name in one) != (name in other))
    if one[name].shape != other[name].shape:
        return 1.0
    values = torch.stack([one[name], other[name]])
    change = (values[0] - values[1]).abs()
    change[(values[0] == values[1]) | values.isnan().all(0)] = 0  # also where both are infinite
    largest = change.max().item() if change.numel() else 0.0
    if largest == 0 or not math.isfinite(largest):
        return float(largest != 0)
    finite = values[values.isfinite()]
    if largest <= TOLERANCE * finite.abs().max().item():
        return 0.0
    return float(f"{largest / (finite.max() - finite.min()).item():.2g}")
