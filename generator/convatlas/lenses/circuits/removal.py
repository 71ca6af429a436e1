"""The test of drops: filters are really removed, one of a layer at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.lenses.circuits.behind import Bottleneck, bottlenecks, is_bottleneck
from convatlas.lenses.circuits.records import Removal
from convatlas.lenses.circuits.wiring import Wiring
from convatlas.lenses.parts.agreement import spearman
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.network.contributions import Places, drops
from convatlas.network.hops import Ablation, Edge, Norms, hop

FILTERS = 16
"""Of each layer: how many are removed, and the responses of how many are looked at."""
IMAGES = 5
LARGEST = 5
"""How many of the largest drops are compared as a set."""

Floats = NDArray[np.float64]


@dataclass
class Tests:
    """What was removed, predicted and true, by layer: drops [responses, filters]."""

    direct: dict[str, list[tuple[Floats, Floats]]] = field(default_factory=dict)
    behind: dict[str, list[tuple[Floats, Floats]]] = field(default_factory=dict)

    def removal(self, layer: str) -> Removal | None:
        """Return how well the drops of a layer's direct inputs agree; None without inputs."""
        return _removal(self.direct.get(layer, []))

    def removal_behind(self, layer: str) -> Removal | None:
        """Return the same of inputs behind its bottlenecks."""
        return _removal(self.behind.get(layer, []))


def tested(
    network: nn.Module,
    wiring: Wiring,
    pictures: Tensor,
    means: Mapping[str, Tensor],
    known: Norms,
    found: Tests,
) -> None:
    """Remove some filters of each layer, one at a time, and compare.

    Args:
        network: The network.
        wiring: How its layers are connected.
        pictures: A batch of inputs [n, channels, rows, columns].
        means: What the filters of each source are set to.
        known: The norms of all layers.
        found: Takes what was predicted, and what is true.
    """
    test = _Test(wiring, means, found)
    hop(network, wiring.layers, pictures, known, test.whole, test.predict)
    hop(network, wiring.layers, pictures, known, test.single, test.remove)


class _Test:
    """Two passes over the same pictures: all filters ablated at once, then some by themselves.

    Attributes:
        found: What both say.
        whole: The ablations of the first pass.
        single: Those of the second, a filter of each source in each group.
    """

    def __init__(self, wiring: Wiring, means: Mapping[str, Tensor], found: Tests) -> None:
        self.found = found
        self.whole = {
            name: [Ablation(group, torch.arange(len(means[name])), means[name])]
            for name, group in wiring.groups.items()
        }
        self._chosen = {
            name: _chosen(len(means[name]), number) for number, name in enumerate(wiring.groups)
        }
        self.single = {
            name: [
                Ablation(group, torch.tensor([index]), means[name][[index]])
                for group, index in enumerate(own)
            ]
            for name, own in self._chosen.items()
        }
        self._wiring = wiring
        self._groups = max(map(len, self._chosen.values()), default=0)
        self._places: dict[str, Places] = {}
        self._drops: dict[str, Tensor] = {}
        self._waiting: dict[str, Bottleneck] = {}

    def predict(self, layer: Layer, edge: Edge) -> None:
        """Take the edges into a layer in the first pass."""
        at = self._places[layer.name] = _places(edge.response)
        groups = self._wiring.inputs[layer.name].groups
        if groups:
            self._drops[layer.name] = drops(edge, groups, at)[1]
        self._look_behind(layer, edge)

    def remove(self, layer: Layer, edge: Edge) -> None:
        """Take the edges into a layer in the second pass, and compare."""
        if layer.name not in self._drops:
            return
        at = self._places[layer.name]
        lost = drops(edge, range(self._groups), at)[1].sum(2).T
        pair = _arrays(self._told(layer, edge, self._groups), lost)
        self.found.direct.setdefault(layer.name, []).append(pair)

    def _told(self, layer: Layer, edge: Edge, groups: int) -> Tensor:
        """Return what the first pass says of the ablations in each group [m, groups]."""
        own, at = self._wiring.inputs[layer.name], self._places[layer.name]
        drops = self._drops[layer.name]
        told = drops.new_zeros(len(at), groups)
        for place, name in enumerate(own.layers):
            row = own.groups.index(self._wiring.groups[name])
            for group, index in enumerate(self._chosen[name]):
                hit = (own.layer[row] == place) & (own.filter[row] == index)
                told[:, group] += _of_channels(edge, drops[row], at, hit).sum(1)
        return told

    def _look_behind(self, layer: Layer, edge: Edge) -> None:
        """Compare drops behind bottlenecks, and keep the layer if it is one."""
        own, at = self._wiring.inputs[layer.name], self._places[layer.name]
        for name in bottlenecks(layer, own, self._wiring.named):
            read = own.read(own.layers.index(name))
            known = self._waiting.get(name)
            if known is not None and known.passes_to(edge, at, *read):
                pair = known.drops(edge, at, *read), known.true_drops(edge, at, *read)
                told, true = (each.transpose(0, 1).flatten(1) for each in pair)
                self.found.behind.setdefault(layer.name, []).append(_arrays(told, true))
        kept = Bottleneck.of(layer, edge, own) if is_bottleneck(layer) else None
        if kept is not None:
            self._waiting[layer.name] = kept


def _chosen(filters: int, number: int) -> list[int]:
    """Return the filters of a layer that are removed, by group: other ones than its neighbours'."""
    own = spread(filters, FILTERS)
    return [own[(place + number) % len(own)] for place in range(len(own))]


def _places(response: Tensor) -> Places:
    """Return the peaks of some filters in all pictures."""
    n, filters, _, columns = response.shape
    own = torch.tensor(spread(filters, FILTERS), device=response.device)
    peaks = response[:, own].flatten(2).argmax(2)
    picture = torch.arange(n, device=response.device)[:, None].expand_as(peaks)
    index = own.expand_as(peaks)
    each = (picture, index, peaks // columns, peaks % columns)
    return Places(*(tensor.flatten() for tensor in each))


def _of_channels(edge: Edge, drops: Tensor, places: Places, hit: Tensor) -> Tensor:
    """Return drops [m, channels of the group], zero but for those input channels that are hit."""
    geometry = edge.geometry
    by_group = hit.to(drops.device).view(geometry.groups, -1)
    return drops * by_group[places.filter // (geometry.filters // geometry.groups)]


def _arrays(told: Tensor, true: Tensor) -> tuple[Floats, Floats]:
    return told.double().cpu().numpy(), true.double().cpu().numpy()


def _removal(pairs: Sequence[tuple[Floats, Floats]]) -> Removal | None:
    """Return how well predicted and true drops agree."""
    if not pairs:
        return None
    flat = [np.concatenate([pair[which].ravel() for pair in pairs]) for which in (0, 1)]
    shared = [
        len(set(_largest(first)) & set(_largest(second))) / min(LARGEST, len(first))
        for told, true in pairs
        for first, second in zip(told, true, strict=True)
    ]
    return {
        "drops": len(flat[0]),
        "spearman": spearman(flat[0], flat[1]),
        "overlap": float(np.mean(shared)) if shared else None,
    }


def _largest(drops: Floats) -> list[int]:
    order: list[int] = np.argsort(-np.abs(drops), kind="stable").tolist()
    return order[:LARGEST]
