"""What responses at the peaks of the strongest images lose without each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.lenses.circuits.behind import Bottleneck
from convatlas.lenses.circuits.inputs import Inputs
from convatlas.model.facts import Layer
from convatlas.network.contributions import Places, constants, drops
from convatlas.network.hops import Edge

Peak = tuple[int, int, int, int]
"""A filter, which of its strongest images it is, and the row and column of the response."""


Read = tuple[Tensor, Tensor]
"""Input channels of a layer, and the filters of a bottleneck that they are [k]."""


@dataclass(frozen=True)
class Peaks:
    """The peaks of a layer's filters, by the index of the image.

    ``most`` is the largest number of strongest images of a filter.
    """

    by_image: Mapping[int, Sequence[Peak]]
    most: int

    def places(self, images: Sequence[int], device: torch.device) -> tuple[Places, Tensor]:
        """Return the places of the peaks in a batch of images, and which of the filter's each is.

        Args:
            images: The indices of the batch's images.
            device: Where the tensors are to be.
        """
        rows = [
            (picture, index, row, column, rank)
            for picture, image in enumerate(images)
            for index, rank, row, column in self.by_image.get(image, ())
        ]
        table = torch.tensor(rows, dtype=torch.long, device=device).view(-1, 5)
        return Places(table[:, 0], table[:, 1], table[:, 2], table[:, 3]), table[:, 4]


class LayerDrops:
    """The drops of a layer's filters.

    Attributes:
        drops: [filters, images, groups, channels of the filter's group]; zero where an input
            channel is no filter that is ablated in the group.
        responses: The responses at the peaks [filters, images]; not a number where there is none.
        deviation: The largest difference between a response and the sum of what contributes to it,
            as a share of the sum of their sizes.
    """

    def __init__(self, filters: int, peaks: Peaks, inputs: Inputs, channels: int) -> None:
        self.peaks, self.inputs = peaks, inputs
        self.drops = torch.zeros(filters, peaks.most, len(inputs.groups), channels)
        self.responses = torch.full((filters, peaks.most), torch.nan)
        self.deviation = 0.0

    def add(self, images: Sequence[int], edge: Edge) -> Places:
        """Add the edges into the layer for a batch of images; return the places of its peaks."""
        places, rank = self.peaks.places(images, edge.given.device)
        if len(places):
            own, rank = places.filter.cpu(), rank.cpu()
            responses = edge.response[places.tensors]
            self.responses[own, rank] = responses.cpu()
            parts, lost = drops(edge, self.inputs.groups, places)
            self._check(edge, places, responses, parts)
            self.drops[own, rank] = lost.transpose(0, 1).cpu()
        return places

    def _check(self, edge: Edge, places: Places, responses: Tensor, parts: Tensor) -> None:
        """Note how far responses are from the sums of what contributes to them."""
        constant = constants(edge, places.filter)
        off = (parts.sum(1) + constant - responses).abs()
        size = parts.abs().sum(1) + constant.abs() + responses.abs()
        found = float((off / size.clamp(min=torch.finfo(size.dtype).tiny)).max())
        self.deviation = max(self.deviation, found)


class BehindDrops:
    """The mean drops of a layer's filters by filters behind one of its bottlenecks.

    Attributes:
        sums: Sums over the strongest images [filters, groups, input channels of the bottleneck].
        sound: Whether the bottleneck's filters are given to the layer as they are.
    """

    def __init__(self, filters: int, bottleneck: Layer, inputs: Inputs) -> None:
        self.inputs = inputs
        self.sums = torch.zeros(filters, len(inputs.groups), bottleneck.channels)
        self.sound = True

    def add(self, edge: Edge, known: Bottleneck | None, places: Places, read: Read) -> None:
        """Add the responses at places of a batch."""
        if not len(places):
            return
        self.sound = self.sound and known is not None and known.passes_to(edge, places, *read)
        if self.sound and known is not None:
            lost = known.drops(edge, places, *read).transpose(0, 1).cpu()
            self.sums.index_add_(0, places.filter.cpu(), lost)

    def largest(self, most: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return the largest sums of each filter [filters, k]; zero if there are less.

        The first two are the places of the layers and the filters.
        """
        owner, source = self.inputs.layer.flatten(), self.inputs.filter.flatten()
        sums = torch.where(owner >= 0, self.sums.flatten(1), 0.0)
        places = sums.abs().topk(min(most, len(owner))).indices
        return owner[places], source[places], sums.gather(1, places)


Behind = dict[str, BehindDrops]
"""Drops behind each of a layer's bottlenecks, by the bottleneck."""
