"""What each channel that a convolution is given contributes to responses at single positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.network.hops import Edge
from convatlas.network.trace.geometry import Geometry

LARGEST = 1 << 21
"""The largest number of products that are held at once."""


@dataclass(frozen=True)
class Places:
    """Responses of filters at single positions: tensors [m] of indices."""

    picture: Tensor
    filter: Tensor
    row: Tensor
    column: Tensor

    def __len__(self) -> int:
        return len(self.filter)

    def parts(self, most: int) -> Iterator[Places]:
        """Yield all places in parts of at most so many, but at least one; none without places."""
        step = max(1, most)
        for start in range(0, len(self), step):
            yield Places(*(each[start : start + step] for each in self.tensors))

    @property
    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The four tensors."""
        return self.picture, self.filter, self.row, self.column


def contributions(edge: Edge, maps: Tensor, places: Places) -> Tensor:
    """Return what channels contribute to responses [m, channels of the filter's group].

    The response is their sum and ``constants``.

    Args:
        edge: The edges into the layer.
        maps: What the convolution is given [n, channels, rows, columns], or what it would be, with
            a single row if that is the same for all pictures.
        places: The responses.
    """
    return _of_maps(edge, [maps], places)[0]


def drops(edge: Edge, groups: Iterable[int], places: Places) -> tuple[Tensor, Tensor]:
    """Return contributions [m, channels of the filter's group], and what they lose by ablation.

    That is [groups, m, channels].

    Args:
        edge: The edges into the layer.
        groups: The groups of ablations.
        places: The responses.
    """
    parts, *left = _of_maps(edge, [edge.given, *map(edge.without, groups)], places)
    return parts, parts - torch.stack(left) if left else parts.new_empty(0, *parts.shape)


def _of_maps(edge: Edge, several: Sequence[Tensor], places: Places) -> Tensor:
    """Return the contributions in each of several maps of the same size [maps, m, channels]."""
    geometry = edge.geometry
    weights = _weights(edge)
    found = [several[0].new_empty(len(several), 0, weights.shape[1])]
    for part in places.parts(LARGEST // weights[0].numel()):
        taps = Taps.of(geometry, part, several[0])
        channels = _channels(geometry, part.filter)
        kernel = weights[part.filter] * taps.valid
        together = [(taps.values(maps, channels) * kernel).sum((2, 3)) for maps in several]
        found.append(torch.stack(together) * edge.scale[part.filter][:, None])
    return torch.cat(found, 1)


def _channels(geometry: Geometry, filters: Tensor) -> Tensor | None:
    """Return the input channels that filters [m] read [m, channels]; None if all read all."""
    if geometry.groups == 1:
        return None
    own = torch.arange(geometry.channels // geometry.groups, device=filters.device)
    return group_of(geometry, filters)[:, None] + own


def constants(edge: Edge, filters: Tensor) -> Tensor:
    """Return what responses of filters [m] are without their inputs [m]: bias and norm."""
    offset = edge.offset if edge.bias is None else edge.offset + edge.scale * edge.bias
    return offset[filters]


def kernels(edge: Edge) -> Tensor:
    """Return the kernels with the norm in them [filters, channels of the group, rows, columns]."""
    return _weights(edge) * edge.scale[:, None, None, None]


def _weights(edge: Edge) -> Tensor:
    geometry, weight = edge.geometry, edge.weight
    if weight.dim() == 2:
        return weight[:, :, None, None]
    if geometry.transposed:
        return weight.view(geometry.groups, -1, *weight.shape[1:]).transpose(1, 2).flatten(0, 1)
    return weight


def group_of(geometry: Geometry, filters: Tensor) -> Tensor:
    """Return the first input channel that each filter [m] reads [m]."""
    group = filters // (geometry.filters // geometry.groups)
    return group * (geometry.channels // geometry.groups)


@dataclass(frozen=True)
class Taps:
    """Where the taps of kernels meet maps, for responses at places [m].

    Attributes:
        picture: [m, 1, 1].
        rows: [m, taps, 1].
        columns: [m, 1, taps].
        valid: Which of them exist [m, 1, taps, taps].
    """

    picture: Tensor
    rows: Tensor
    columns: Tensor
    valid: Tensor

    @classmethod
    def of(cls, geometry: Geometry, places: Places, maps: Tensor) -> Taps:
        """Return where they meet maps of this size [n, channels, rows, columns]."""
        rows, row_valid = _taps(geometry, 0, places.row, maps.shape[2])
        columns, column_valid = _taps(geometry, 1, places.column, maps.shape[3])
        valid = row_valid[:, None, :, None] & column_valid[:, None, None, :]
        return cls(places.picture[:, None, None], rows[:, :, None], columns[:, None, :], valid)

    def values(self, maps: Tensor, channels: Tensor | None = None) -> Tensor:
        """Return what they meet in maps [m, k, taps, taps]; anything where they do not exist.

        Args:
            maps: [n, channels, rows, columns]; n is 1 if all pictures have the same.
            channels: The channels that each response reads [m, k]; None for all.
        """
        picture = self.picture if len(maps) > 1 else torch.zeros_like(self.picture)
        last = maps.permute(0, 2, 3, 1)
        if channels is None:
            return last[picture, self.rows, self.columns].permute(0, 3, 1, 2)
        at = (each[:, None] for each in (picture, self.rows, self.columns))
        return last[(*at, channels[:, :, None, None])]


def _taps(geometry: Geometry, axis: int, position: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return which input positions the taps of a kernel meet along one axis, and which exist.

    Both are [m, taps] for responses at positions [m]; those that do not exist are padding, or lie
    between the input positions of a transposed convolution.
    """
    stride, padding = geometry.stride[axis], geometry.padding[axis]
    taps = torch.arange(geometry.kernel[axis], device=position.device) * geometry.dilation[axis]
    if geometry.transposed:
        spread = position[:, None] + padding - taps
        found, exact = spread.div(stride, rounding_mode="floor"), spread % stride == 0
    else:
        found = position[:, None] * stride - padding + taps
        exact = torch.ones_like(found, dtype=torch.bool)
    valid = exact & (found >= 0) & (found < size)
    return found.clamp(0, size - 1), valid
