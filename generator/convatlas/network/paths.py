"""Which convolutions a network runs before each layer, on pictures of different sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.errors import NetworkError
from convatlas.model.facts import Layer
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.memory import out_of_memory
from convatlas.network.plain import as_written
from convatlas.network.responses import not_reached, tap_of
from convatlas.network.tapping import Served, Tapping
from convatlas.network.trace.calls import Call
from convatlas.network.trace.modules import FUNCTIONS
from convatlas.network.trace.record import as_found, noise

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class _Walk:
    """The convolutions before each layer that was reached, and what ended the forward pass."""

    before: Mapping[str, tuple[Call, ...]]
    failure: Exception | None


class Paths:
    """The paths that a network takes to its layers, each size of pictures tried once with noise."""

    def __init__(self, network: nn.Module, layers: Sequence[Layer], channels: int, recorded: Size):
        """Keep the network, its layers, its input's channels, and the size it was recorded at."""
        self.network = network
        self.layers = {layer.name: layer for layer in layers if layer.reached}
        self.channels = channels
        self.recorded = recorded
        self._walks: dict[Size, _Walk] = {}

    def check(self, name: str, size: Size) -> None:
        """Check that the path to a layer is the recorded one on pictures of a size.

        Raises:
            NetworkError: it is another one, or does not reach the layer.
            Exception: the network does not run on such pictures, as far as to the layer; or memory
                runs out.
        """
        if size == self.recorded:
            return
        walk = self._walk(size)
        if name not in walk.before:
            raise walk.failure or not_reached(self.layers[name], size)
        if walk.before[name] != self._walk(self.recorded).before.get(name):
            height, width = self.recorded
            raise NetworkError(
                "the network runs other convolutions before the layer than on pictures of"
                f" {height} x {width} pixels"
            )

    def _walk(self, size: Size) -> _Walk:
        if size not in self._walks:
            self._walks[size] = self._walked(size)
        return self._walks[size]

    def _walked(self, size: Size) -> _Walk:
        walker = _Walker(self.network, self.layers)
        failure = None
        try:
            with as_found(self.network), torch.no_grad():
                picture = noise(self.network, (self.channels, *size))
                with foreign_exceptions(), as_written(), walker.observing():
                    self.network(picture)
        except Served:
            pass
        except Exception as error:  # the network is the user's code and may raise anything
            if out_of_memory(error):
                raise  # which may be otherwise next time
            failure = error
        return _Walk(walker.before, failure)


class _Walker(Tapping):
    """Notes the convolutions that are called before each layer."""

    def __init__(self, network: nn.Module, layers: Mapping[str, Layer]) -> None:
        taps = {tap_of(layer): partial(self._reached, name) for name, layer in layers.items()}
        super().__init__(network, taps, torch.float32, pictures=1, stop=True)
        self.before: dict[str, tuple[Call, ...]] = {}
        self._convolutions: list[Call] = []

    def computed(self, call: Call, result: Any) -> None:
        """Note a convolution, or a linear layer that is one."""
        if call.function in FUNCTIONS or call in self._calls:
            self._convolutions.append(call)
        super().computed(call, result)

    def _reached(self, name: str, response: Tensor) -> None:
        self.before[name] = tuple(self._convolutions)
