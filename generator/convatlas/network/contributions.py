"""What each channel that a convolution is given contributes to responses at single positions."""

from __future__ import annotations

from collections.abc import Iterator
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
    geometry = edge.geometry
    count = geometry.channels // geometry.groups
    weights = _weights(edge)
    found = [maps.new_empty(0, count)]
    for part in places.parts(LARGEST // weights[0].numel()):
        patch, valid = patches(geometry, maps, part, _channels(geometry, part.filter))
        together = (patch * valid * weights[part.filter]).sum((2, 3))
        found.append(together * edge.scale[part.filter][:, None])
    return torch.cat(found)


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


def patches(
    geometry: Geometry, maps: Tensor, places: Places, channels: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return what the taps of kernels meet in maps, for responses at places [m].

    Args:
        geometry: The geometry of the convolution.
        maps: [n, channels, rows, columns]; n is 1 if all pictures have the same.
        places: The responses.
        channels: The channels that each of them reads [m, k]; None for all.

    Returns:
        The values [m, k, taps, taps], and which of them exist [m, 1, taps, taps].
    """
    rows, row_valid = _taps(geometry, 0, places.row, maps.shape[2])
    columns, column_valid = _taps(geometry, 1, places.column, maps.shape[3])
    valid = row_valid[:, None, :, None] & column_valid[:, None, None, :]
    picture = places.picture if len(maps) > 1 else torch.zeros_like(places.picture)
    picture, rows, columns = picture[:, None, None], rows[:, :, None], columns[:, None, :]
    last = maps.permute(0, 2, 3, 1)
    if channels is None:
        return last[picture, rows, columns].permute(0, 3, 1, 2), valid
    at = (each[:, None] for each in (picture, rows, columns))
    return last[(*at, channels[:, :, None, None])], valid


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
