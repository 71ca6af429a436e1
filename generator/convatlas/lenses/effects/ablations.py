"""Real ablation: by how much numbers fall if single filters are set to their baseline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from convatlas.lenses.effects.targets import Target
from convatlas.model.facts import Layer
from convatlas.network.activations import ablated, consumed
from convatlas.network.memory import Capacity, out_of_memory
from convatlas.network.onward import apart, onward

ROWS = 4
"""Rows behind a layer, as a multiple of the images that are shown at once with gradients."""
SAME = 0.01
"""By how much the two ways to ablate a filter may differ, as a share of its largest effect."""
NOISE = 1e-5
"""The same as a share of the largest lead."""

Pairs = Sequence[tuple[int, int]]
"""The place of an image in a batch, and the index of a filter."""


class Ablations:
    """Sets filters of a network to values, one at a time, and compares the leads of images.

    Many filters of a layer share what comes before it, unless a test says that the network does
    not go on with what it is given there; then it is run as a whole for each.

    Args:
        network: The network.
        target: What leads are.
        together: How many images are shown at once as a whole.
        device: Where the network is.
        single: Whether images have to be shown one at a time.
    """

    def __init__(
        self,
        network: nn.Module,
        target: Target,
        together: int,
        device: torch.device,
        *,
        single: bool = False,
    ) -> None:
        self._network = network
        self._target = target
        self._single = single
        self.images = 1 if single else apart(network, max(together // 2, 1))
        self._rows = Capacity(ROWS * together, device)
        self._shared: dict[str, bool] = {}

    def effects(
        self,
        layer: Layer,
        images: Sequence[int],
        inputs: Tensor,
        pairs: Pairs,
        baseline: Tensor,
    ) -> Tensor:
        """Return by how much the lead of each pair's image falls without its filter [pairs].

        Args:
            layer: The layer.
            images: The indices of images, ``self.images`` at most.
            inputs: These images, [n, channels, height, width].
            pairs: The pairs.
            baseline: What the layer's filters are set to [filters].
        """
        if layer.name not in self._shared:
            own = [(place, pairs[0][1]) for place in range(len(images))]
            self._shared[layer.name] = self._agree(layer, images, inputs, own, baseline)
        way = self._onward if self._shared[layer.name] else self._one_by_one
        return way(layer, images, inputs, pairs, baseline)

    def _agree(
        self, layer: Layer, images: Sequence[int], inputs: Tensor, pairs: Pairs, baseline: Tensor
    ) -> bool:
        """Return whether both ways say the same."""
        if self._single:
            return False
        true = self._one_by_one(layer, images, inputs, pairs, baseline)
        try:
            found = self._onward(layer, images, inputs, pairs, baseline)
        except Exception as error:  # the network is the user's code and may raise anything
            if out_of_memory(error):
                raise
            return False
        leads = self._leads(ablated(self._network, inputs, {}), images)
        most = SAME * true.abs().max() + NOISE * leads.abs().max()
        return bool(((found - true).abs() <= most).all())

    def _onward(
        self, layer: Layer, images: Sequence[int], inputs: Tensor, pairs: Pairs, baseline: Tensor
    ) -> Tensor:
        """Run the network as a whole for the images only, with what follows the layer for pairs."""
        found: list[Tensor] = []
        start = 0
        while start < len(pairs):
            add = partial(self._add_rows, found, layer, images, inputs, pairs[start:], baseline)
            start += self._rows.run(add, len(pairs) - start)
        return torch.cat(found)

    def _add_rows(
        self,
        found: list[Tensor],
        layer: Layer,
        images: Sequence[int],
        inputs: Tensor,
        pairs: Pairs,
        baseline: Tensor,
        count: int,
    ) -> int:
        """Add the effects of the first ``count`` pairs, and return that number.

        The first rows are the images as they are.
        """
        n, own = len(images), pairs[:count]
        places = [place for place, _ in own]
        filters = torch.tensor([index for _, index in own])
        rows = torch.tensor([*range(n), *places], device=inputs.device)
        changes = torch.arange(n, n + len(own)), filters, baseline[filters]
        moved = [each.to(inputs.device) for each in changes]
        output = onward(self._network, layer, inputs, rows, (moved[0], moved[1], moved[2]))
        leads = self._leads(output, [*images, *(images[place] for place in places)])
        found.append(leads[places] - leads[n:])
        return len(own)

    def _one_by_one(
        self, layer: Layer, images: Sequence[int], inputs: Tensor, pairs: Pairs, baseline: Tensor
    ) -> Tensor:
        """Run the network as a whole for each filter."""
        before = self._leads(ablated(self._network, inputs, {}), images)
        found = torch.zeros(len(pairs), dtype=torch.float64)
        for index in dict.fromkeys(index for _, index in pairs):
            chosen = [number for number, pair in enumerate(pairs) if pair[1] == index]
            places = [pairs[number][0] for number in chosen]
            filters = torch.tensor([index])
            change = filters.to(inputs.device), baseline[filters].to(inputs.device)
            after = ablated(self._network, inputs[places], {consumed(layer): change})
            found[chosen] = before[places] - self._leads(after, [images[n] for n in places])
        return found

    def _leads(self, output: object, images: Sequence[int]) -> Tensor:
        with torch.no_grad():
            return self._target.score(output, images).lead.cpu().double()
