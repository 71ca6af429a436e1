"""Make the records of a layer's filters from their drops and shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.circuits.inputs import Inputs
from convatlas.lenses.circuits.peaks import Behind, LayerDrops
from convatlas.lenses.circuits.reasons import two_reasons
from convatlas.lenses.circuits.records import Behind as BehindData
from convatlas.lenses.circuits.records import CircuitData, Input
from convatlas.lenses.circuits.rounding import rounded
from convatlas.lenses.circuits.shares import ShareTotals
from convatlas.model.facts import Layer
from convatlas.model.records import short


class LayerCircuits:
    """The circuits of a layer's filters.

    An input of a filter is a place in [groups of ablations, channels of its group], flattened.

    Attributes:
        layer: The layer.
        layers: The names of the layers that inputs, and filters behind them, belong to.
        excess: How far the responses at the peaks lie above the mean, on average [filters].
        live: Which filters ever respond, as far as the network goes on with it [filters].
        mean: The mean drops [filters, places]; zero where there is no input, or a filter is dead.
        owner: Of each place, its layer among ``drops.inputs.layers`` [groups of the convolution,
            places]; -1 where there is no input.
        source: The filter that it is.
        exciting: The places of the largest drops, in falling order [filters, k].
        inhibiting: The places of the smallest drops, in rising order [filters, k].
    """

    def __init__(
        self,
        layer: Layer,
        drops: LayerDrops,
        shares: ShareTotals,
        behind: Behind,
        inputs: Mapping[str, Inputs],
        most: int,
    ) -> None:
        self.layer, self.drops, self.shares, self.most = layer, drops, shares, most
        self._behind, self._inputs = behind, inputs
        own = drops.inputs
        beyond = [name for each in behind for name in inputs[each].layers]
        self.layers = list(dict.fromkeys([*own.layers, *beyond]))
        assert shares.kernels is not None
        self.kernels = shares.kernels
        self._share, self._size = shares.shares(), _sizes(shares.kernels)
        known = drops.responses.isfinite()
        self.counts = known.sum(1)
        shown = self.counts.clamp(min=1)
        responses = torch.where(known, drops.responses.double(), 0.0)
        self.excess = responses.sum(1) / shown - shares.mean
        above = (responses > 0).any(1) if layer.rectified else self.counts > 0
        self.live = above & (shares.variance > 0)
        self.owner, self.source = _places(own.layer, layer), _places(own.filter, layer)
        self.known = (self.owner >= 0).repeat_interleave(layer.filters // layer.groups, 0)
        self.known &= self.live[:, None]
        mean = drops.drops.double().sum(1).flatten(1) / shown[:, None]
        self.mean = torch.where(self.known, mean, 0.0)
        count = min(most, self.mean.shape[1])
        self.exciting = self.mean.topk(count).indices
        self.inhibiting = (-self.mean).topk(count).indices

    def slices(self, index: int) -> Tensor:
        """Return the kernels on a filter's listed inputs [inputs, rows, columns]."""
        mean = self.mean[index]
        exciting, inhibiting = self.exciting[index], self.inhibiting[index]
        places = torch.cat([exciting[mean[exciting] > 0], inhibiting[mean[inhibiting] < 0]])
        return self.kernels[index, places % self.kernels.shape[1]]

    def filters(self, indices: Sequence[int]) -> dict[int, CircuitData]:
        """Return the data of filters, without their consumers; of dead ones, without inputs."""
        own = torch.tensor(indices, dtype=torch.long)
        columns = {
            "images": self.counts[own].tolist(),
            "excess": map(short, self.excess[own].tolist()),
            "exciting": self._lists(own, self.exciting, 1),
            "inhibiting": self._lists(own, self.inhibiting, -1),
            "total": map(short, self.mean[own].sum(1).tolist()),
            "inputs": self.known[own].sum(1).tolist(),
            "behind": self._lists_behind(own),
            "consumers": [[] for _ in indices],
            "groups": self._groups(own),
        }
        rows = zip(*columns.values(), strict=True)
        told = (dict(zip(columns, row, strict=True)) for row in rows)
        return dict(zip(indices, cast("Iterator[CircuitData]", told), strict=True))

    def _lists(self, own: Tensor, listed: Tensor, sign: int) -> Iterator[list[Input]]:
        """Yield the inputs among those listed whose drops have a sign, for each filter."""
        places = listed[own]
        rows, channels = own[:, None], places % self.kernels.shape[1]
        groups = rows // (self.layer.filters // self.layer.groups)
        mean = self.mean[rows, places]
        images = torch.arange(self.drops.drops.shape[1])
        flat = self.drops.drops.flatten(2)
        columns = (
            (mean * sign > 0).sum(1),
            self.counts[own],
            self.owner[groups, places],
            self.source[groups, places],
            _brief(mean),
            _brief(self._share[rows, channels]),
            _brief(self._size[rows, channels]),
            flat[rows[:, :, None], images, places[:, :, None]],
        )
        for count, shown, *told in zip(*(column.tolist() for column in columns), strict=True):
            yield [
                (owner, source, drop, None if isnan(share) else share, norm, by_image[:shown])
                for owner, source, drop, share, norm, by_image in zip(*told, strict=True)
            ][:count]

    def _groups(self, own: Tensor) -> Iterator[list[int] | None]:
        """Yield the groups of each filter's images, if they are of two kinds."""
        flat = self.drops.drops.flatten(2)
        for index, count in zip(own.tolist(), self.counts[own].tolist(), strict=True):
            drops = flat[index, :count][:, self.known[index]]
            yield two_reasons(drops.double().numpy())

    def _lists_behind(self, own: Tensor) -> list[list[BehindData]]:
        """Return what lies behind the layer's bottlenecks, for each filter."""
        found: list[list[BehindData]] = [[] for _ in own]
        shown = torch.where(self.live, self.counts.clamp(min=1), torch.inf)[:, None]
        for name, behind in self._behind.items():
            if behind.sound:
                owner, source, sums = behind.largest(self.most)
                names = [self.layers.index(each) for each in self._inputs[name].layers]
                columns = (owner, source, _brief(sums / shown))
                rows = zip(*(column[own].tolist() for column in columns), strict=True)
                for each, row in zip(found, rows, strict=True):
                    told = zip(*row, strict=True)
                    each += [(names[at], index, drop) for at, index, drop in told if drop]
        return [sorted(each, key=lambda drop: -abs(drop[2]))[: self.most] for each in found]


def _places(channels: Tensor, layer: Layer) -> Tensor:
    """Return what is known of input channels [groups of ablations, channels] by the filter's group.

    It is [groups of the convolution, places].
    """
    each = layer.channels // layer.groups
    return channels.view(len(channels), layer.groups, each).transpose(0, 1).flatten(1)


def _sizes(kernels: Tensor) -> Tensor:
    """Return the norms of kernels [filters, channels]; of single weights, the weights."""
    flat = kernels.flatten(2)
    return flat[:, :, 0] if flat.shape[2] == 1 else flat.norm(dim=2)


def _brief(values: Tensor, digits: int = 4) -> NDArray[np.float64]:
    return rounded(values.double().numpy(), digits)
