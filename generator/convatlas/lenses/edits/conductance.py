"""How much of a change of the output passes through each filter, to first order.

The conductance of a filter, Dhamdhere, Sundararajan and Yan, "How Important Is a Neuron?" (ICLR
2019), along the straight line from a plain to an edited input: the sum, over the steps of the line
and all positions, of the gradient of the target by the filter's activation times the step of that
activation. The gradient is the mean of those at both ends of a step (the trapezoidal rule). Over a
layer through which everything passes, conductances add up to the change of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from convatlas.model.facts import Layer
from convatlas.network.activations import Activations
from convatlas.network.memory import Capacity

Number = Callable[[object, int], Tensor]
"""From the network's output for some pictures, and their number, to a number of each [n]."""


class Conductance:
    """Sums of the conductances of all filters over images.

    Args:
        network: The network.
        layers: Those whose filters are studied.
        number: The target.
        steps: The number of steps of the straight line.
        capacity: How many pictures are shown at once.

    Attributes:
        sums: By layer, of each filter [filters]; without layers that the target does not depend on.
        change: The sum of the target's changes.
    """

    def __init__(
        self,
        network: nn.Module,
        layers: Sequence[Layer],
        number: Number,
        steps: int,
        capacity: Capacity,
    ) -> None:
        self.sums: dict[str, Tensor] = {}
        self.change = 0.0
        self._network = network
        self._layers = layers
        self._number = number
        self._line = torch.linspace(0, 1, steps + 1)
        self._capacity = capacity

    def add(self, plain: Tensor, edited: Tensor) -> None:
        """Add an image, plain and edited: the network's inputs [channels, height, width].

        Raises:
            NetworkError: the network does not run with gradients.
        """
        line = self._line.to(plain)[:, None, None, None]
        passed = list(self._passed(plain + (edited - plain) * line))
        self.change += float(passed[-1][0][-1] - passed[0][0][0])
        for layer in self._layers:
            own = [found[layer.name] for _, found in passed if layer.name in found]
            if len(own) == len(passed):
                values, gradients = map(_joined, zip(*own, strict=True))
                self._add(layer.name, along(values, gradients))

    def _add(self, layer: str, conductances: Tensor) -> None:
        before = self.sums.get(layer, torch.zeros(len(conductances), dtype=torch.float64))
        self.sums[layer] = before + conductances.cpu().double()

    def _passed(self, points: Tensor) -> Iterator[tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]]:
        """Yield the target of points, and the activations and gradients of each layer there."""
        start = 0
        while start < len(points):
            some = partial(self._passed_some, points[start:])
            numbers, found = self._capacity.run(some, len(points) - start)
            yield numbers, found
            start += len(numbers)

    def _passed_some(
        self, points: Tensor, count: int
    ) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        passed = Activations(self._network, self._layers, points[:count])
        with torch.enable_grad():
            numbers = self._number(passed.output, count)
        gradients = passed.gradients(numbers.sum())
        values = passed.values
        return numbers.detach(), {name: (values[name], gradients[name]) for name in gradients}


def along(values: Tensor, gradients: Tensor) -> Tensor:
    """Return the conductance of each filter [filters] along a line.

    Args:
        values: Activations at each point of the line [points, filters, rows, columns].
        gradients: Of the target, in the same shape.
    """
    # Summed so that each gradient comes once: times half the step from the activation before to the
    # one after, which at the ends of the line are the ends.
    inner = (values[2:] - values[:-2]).mul_(gradients[1:-1]).sum((0, 2, 3))
    first = (values[1] - values[0]).mul_(gradients[0]).sum((1, 2))
    last = (values[-1] - values[-2]).mul_(gradients[-1]).sum((1, 2))
    return (first + inner + last) / 2


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Return tensors in a row, without a copy if it is one."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
