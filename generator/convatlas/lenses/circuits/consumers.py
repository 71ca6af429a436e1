"""Which filters go on from each filter: the largest drops of responses after it."""

from __future__ import annotations

from collections import defaultdict

import torch

from convatlas.lenses.circuits.layer_records import LayerCircuits
from convatlas.lenses.circuits.records import Consumer


class Consumers:
    """The strongest consumers of each filter so far."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: dict[tuple[str, int], list[Consumer]] = defaultdict(list)

    def add(self, made: LayerCircuits, asked: set[int]) -> None:
        """Add what the filters of a layer lose without each of their inputs.

        Args:
            made: The circuits of the layer.
            asked: The filters that count: those with strongest images.
        """
        filters = torch.zeros(made.layer.filters, dtype=torch.bool)
        filters[list(asked)] = True
        usable = (filters & made.live & (made.excess > 0))[:, None]
        relative = torch.where(usable, made.mean / made.excess[:, None], 0.0)
        groups = made.layer.groups
        by_group = relative.view(groups, made.layer.filters // groups, relative.shape[1])
        count = min(self.most, by_group.shape[1])
        places = by_group.abs().topk(count, 1).indices
        drops = by_group.gather(1, places)
        for group, place in (made.owner >= 0).nonzero().tolist():
            source = (
                made.drops.inputs.layers[int(made.owner[group, place])],
                int(made.source[group, place]),
            )
            first = group * by_group.shape[1]
            pairs = zip(
                places[group, :, place].tolist(), drops[group, :, place].tolist(), strict=True
            )
            found = [
                (made.layer.name, first + at, float(f"{drop:.3g}")) for at, drop in pairs if drop
            ]
            self._found[source] = self._strongest([*self._found[source], *found])

    def of(self, layer: str, index: int) -> list[Consumer]:
        """Return the strongest consumers of a filter, by the size of the drop."""
        return self._found[layer, index]

    def _strongest(self, found: list[Consumer]) -> list[Consumer]:
        return sorted(found, key=lambda each: -abs(each[2]))[: self.most]


def _brief(drop: float) -> float:
    return float(f"{drop:.3g}")
