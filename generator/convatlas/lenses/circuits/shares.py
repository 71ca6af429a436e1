"""The share of a response's variance that goes with each input channel, over all positions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.network.contributions import kernels
from convatlas.network.hops import Edge
from convatlas.network.trace.geometry import Geometry


class ShareTotals:
    """Sums over images and positions for one layer, which do not grow with the images.

    The variance of a response is the sum over input channels of its covariance with what each
    contributes. That takes the sums of the products of inputs and responses at each tap of the
    kernel: the gradient of a weight whose output's gradient is the response.
    """

    def __init__(self) -> None:
        self.kernels: Tensor | None = None  # [filters, channels of the group, rows, columns]
        self._centre = torch.zeros(0)
        self._products = torch.zeros(0, dtype=torch.float64)
        self._responses = torch.zeros(0, dtype=torch.float64)
        self._squares = torch.zeros(0, dtype=torch.float64)
        self._positions = 0

    def add(self, edge: Edge) -> None:
        """Add the edges into the layer for some images."""
        if self.kernels is None:
            self.kernels = kernels(edge).cpu()
            self._centre = edge.response.mean((0, 2, 3))
            self._products = torch.zeros((), dtype=torch.float64)
            self._responses = self._squares = torch.zeros_like(self._centre, dtype=torch.float64)
            self._responses, self._squares = self._responses.cpu(), self._squares.cpu()
        centred = edge.response - self._centre[:, None, None]
        self._products = self._products + _products(edge.geometry, edge.given, centred).cpu()
        self._responses = self._responses + centred.sum((0, 2, 3)).cpu().double()
        self._positions += centred[:, 0].numel()
        self._squares = self._squares + centred.square_().sum((0, 2, 3)).cpu().double()

    @property
    def mean(self) -> Tensor:
        """The mean response of each filter over all positions of all images [filters]."""
        return self._responses / max(self._positions, 1) + self._centre.cpu().double()

    @property
    def variance(self) -> Tensor:
        """The variance of each filter's response [filters]."""
        count = max(self._positions, 1)
        return (self._squares / count - (self._responses / count).square()).clamp(min=0)

    def shares(self) -> Tensor:
        """Return the share of each input channel of the group [filters, channels].

        Where a response is constant, they are not a number.
        """
        assert self.kernels is not None
        groups, count = len(self._products), self._positions
        of_filters, of_channels = self._products[:, :-1] / count, self._products[:, -1:] / count
        means = (self._responses / count).view(groups, -1, 1, 1, 1)
        covariances = (of_filters - means * of_channels).flatten(0, 1)
        together: Tensor = (covariances * self.kernels.double()).sum((2, 3))
        return together / self.variance[:, None]


def _products(geometry: Geometry, given: Tensor, responses: Tensor) -> Tensor:
    """Return sums over images and positions of inputs times responses, and of inputs.

    They are [groups, filters of the group + 1, channels of the group, rows, columns] in float64.
    """
    ones = responses.new_ones(1, geometry.groups, *responses.shape[2:])
    alone = _gradient(geometry, given.sum(0, keepdim=True), ones)
    return torch.cat([_gradient(geometry, given, responses), alone], 1).double()


def _gradient(geometry: Geometry, given: Tensor, outputs: Tensor) -> Tensor:
    """Return the gradient of a weight if ``outputs`` [n, filters, ...] is that of its output.

    It is [groups, filters of the group, channels of the group, rows, columns].
    """
    groups, filters = geometry.groups, outputs.shape[1]
    channels = geometry.channels // groups
    transposed = (geometry.channels, filters // groups)
    shape = transposed if geometry.transposed else (filters, channels)
    padded, rest = _fitted(geometry, given, outputs.shape[2:])
    (_, gradient, _) = torch.ops.aten.convolution_backward(
        outputs,
        padded,
        given.new_empty(*shape, *geometry.kernel).to(memory_format=torch.channels_last),
        None,
        geometry.stride,
        geometry.padding,
        geometry.dilation,
        geometry.transposed,
        rest,
        groups,
        [False, True, False],
    )
    found: Tensor = gradient.view(groups, -1, *gradient.shape[1:])
    return found.transpose(1, 2) if geometry.transposed else found


def _fitted(geometry: Geometry, given: Tensor, size: torch.Size) -> tuple[Tensor, tuple[int, int]]:
    """Return an input with as much padding below and on the right as its output's size needs.

    Padding of "same" may differ by one on two sides. With it comes the output padding of a
    transposed convolution.
    """
    reach = [d * (k - 1) + 1 for d, k in zip(geometry.dilation, geometry.kernel, strict=True)]
    more = [0, 0]
    for axis in (0, 1):
        stride, padding, side = geometry.stride[axis], geometry.padding[axis], given.shape[2 + axis]
        if geometry.transposed:
            more[axis] = size[axis] - ((side - 1) * stride - 2 * padding + reach[axis])
        else:
            more[axis] = max(0, (size[axis] - 1) * stride + reach[axis] - side - 2 * padding)
    if geometry.transposed:
        return given, (more[0], more[1])
    if not any(more):
        return given, (0, 0)
    return F.pad(given, (0, more[1], 0, more[0])), (0, 0)
