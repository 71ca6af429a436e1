"""The inputs of a layer's filters: which filter each input channel is, in each group of ablations.

All filters of a layer are ablated in one group. Layers that write to the same input channel of any
layer, as to a residual stream, are ablated in different groups, so that each is told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.model.facts import Layer, Source


@dataclass(frozen=True)
class Inputs:
    """The input channels of a layer, by group of ablations.

    Attributes:
        groups: The groups in which any of its sources is ablated.
        layers: The names of its sources' layers.
        layer: The place among ``layers`` of what an input channel is [groups, channels]; -1 if it
            is no single filter of a layer that is ablated in the group.
        filter: The index of the filter [groups, channels].
    """

    groups: tuple[int, ...]
    layers: tuple[str, ...]
    layer: Tensor
    filter: Tensor

    @property
    def unknown(self) -> int:
        """The number of input channels that are no single filter."""
        return int((self.layer < 0).all(0).sum())

    @property
    def sums(self) -> int:
        """The number of input channels that are sums of several filters."""
        return int(((self.layer >= 0).sum(0) > 1).sum())

    def read(self, place: int) -> tuple[Tensor, Tensor]:
        """Return the input channels that are filters of a layer, and those filters [k]."""
        rows, channels = (self.layer == place).nonzero(as_tuple=True)
        return channels, self.filter[rows, channels]


def inputs_of(layer: Layer, groups: Mapping[str, int]) -> Inputs:
    """Return the inputs of a layer whose sources are ablated in these groups, by layer."""
    known = [source for source in layer.sources if source.layer in groups]
    own = sorted({groups[source.layer] for source in known})
    layers = tuple(dict.fromkeys(source.layer for source in known))
    places = torch.full((len(own), layer.channels), -1)
    filters = torch.zeros((len(own), layer.channels), dtype=torch.long)
    for source in known:
        row = own.index(groups[source.layer])
        channels = slice(source.channel, source.channel + source.filters)
        places[row, channels] = layers.index(source.layer)
        filters[row, channels] = torch.arange(source.filter, source.filter + source.filters)
    for row, ambiguous in enumerate(_met_twice(known, own, groups, layer.channels)):
        places[row, ambiguous] = -1
    return Inputs(tuple(own), layers, places, filters)


def _met_twice(
    sources: Sequence[Source], own: Sequence[int], groups: Mapping[str, int], channels: int
) -> Tensor:
    """Return which channels are several filters of layers in one group [groups, channels]."""
    met = torch.zeros((len(own), channels), dtype=torch.long)
    for source in sources:
        row = own.index(groups[source.layer])
        met[row, source.channel : source.channel + source.filters] += 1
    return met > 1


def groups_of(layers: Sequence[Layer]) -> dict[str, int]:
    """Return a group for each layer that is a source: as few as possible, first come first."""
    known = {layer.name for layer in layers if layer.consumed and not layer.dynamic}
    apart: dict[str, set[str]] = {}
    for layer in layers:
        for writers in _writers(layer):
            for name in writers:
                apart.setdefault(name, set()).update(writers - {name})
    groups: dict[str, int] = {}
    for layer in layers:
        if layer.name in apart and layer.name in known:
            taken = {groups[other] for other in apart[layer.name] if other in groups}
            groups[layer.name] = next(n for n in range(len(taken) + 1) if n not in taken)
    return groups


def _writers(layer: Layer) -> set[frozenset[str]]:
    """Return the sets of layers that an input channel of a layer is a sum of filters of."""
    found: dict[int, set[str]] = defaultdict(set)
    for source in layer.sources:
        for channel in range(source.channel, source.channel + source.filters):
            found[channel].add(source.layer)
    return set(map(frozenset, found.values()))
