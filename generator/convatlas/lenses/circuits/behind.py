"""Filters two hops back: the inputs of a bottleneck, by what passes through it to a response.

A bottleneck is a 1 x 1 convolution that reduces the number of channels, as in SqueezeNet, Inception
and ResNet. Through its nonlinearity drops are predicted to first order; the largest of them are
replaced by those of real ablation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.circuits.inputs import Inputs
from convatlas.model.facts import Layer
from convatlas.network.contributions import Places, Taps, kernels
from convatlas.network.hops import Edge

Nonlinearity = Callable[[Tensor], Tensor]

NONLINEARITIES: dict[str | None, Nonlinearity] = {
    "relu": F.relu,
    "relu6": F.relu6,
    "silu": F.silu,
    "gelu": F.gelu,
    "hardswish": F.hardswish,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "mish": F.mish,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
CANDIDATES = 24
"""How many of the largest predicted drops of a response are replaced by those of real ablation."""
LARGEST = 1 << 21
"""The largest number of values that are held at once."""


def is_bottleneck(layer: Layer) -> bool:
    """Return whether a layer reduces the number of channels, position by position."""
    small = layer.kernel == (1, 1) and layer.groups == 1 and not layer.transposed
    return small and layer.filters < layer.channels and bool(layer.sources)


def bottlenecks(layer: Layer, inputs: Inputs, layers: Mapping[str, Layer]) -> list[str]:
    """Return the bottlenecks that a layer reads, unless they are parts of sums."""
    alone = (inputs.layer >= 0).sum(0) == 1
    found = []
    for place, name in enumerate(inputs.layers):
        own = (inputs.layer == place).any(0)
        if is_bottleneck(layers[name]) and bool(own.any()) and bool(alone[own].all()):
            found.append(name)
    return found


@dataclass(frozen=True)
class Bottleneck:
    """A bottleneck in one batch.

    Attributes:
        response: Its responses [n, filters, rows, columns].
        kernel: What it weighs its input channels with [filters, channels].
        changes: How much its inputs lose by ablation, by group [n, channels, rows, columns].
        nonlinearity: What the network applies to its responses.
    """

    response: Tensor
    kernel: Tensor
    changes: Sequence[Tensor]
    nonlinearity: Nonlinearity

    @classmethod
    def of(cls, layer: Layer, edge: Edge, inputs: Inputs) -> Bottleneck | None:
        """Return what is needed of a bottleneck; None if its nonlinearity is not known."""
        activation = None if layer.consumed == layer.tap else layer.activation
        known = _same if layer.consumed == layer.tap else NONLINEARITIES.get(activation)
        if known is None:
            return None
        changes = [edge.given - edge.without(group) for group in inputs.groups]
        return cls(edge.response.clone(), kernels(edge)[:, :, 0, 0], changes, known)

    def passes_to(self, edge: Edge, places: Places, channels: Tensor, filters: Tensor) -> bool:
        """Return whether a layer's responses are given just the activations of these filters [k].

        Args:
            edge: The edges into the layer after it.
            places: The responses of that layer.
            channels: The layer's input channels that are filters of the bottleneck [k].
            filters: Those filters [k].
        """
        if edge.given.shape[2:] != self.response.shape[2:]:
            return False
        for part in places.parts(LARGEST // (self.response.shape[1] * _taps(edge))):
            taps = Taps.of(edge.geometry, part, edge.given)
            given = taps.values(edge.given)[:, channels]
            made = self.nonlinearity(taps.values(self.response)[:, filters])
            if not torch.equal(made, given):
                least = 1e-4 * float(edge.given.abs().max())
                if not torch.allclose(made, given, rtol=1e-3, atol=least):
                    return False
        return True

    def drops(self, edge: Edge, places: Places, channels: Tensor, filters: Tensor) -> Tensor:
        """Return drops [groups, m, channels of the bottleneck].

        Args:
            edge: The edges into the layer after it.
            places: The responses of that layer.
            channels: The layer's input channels that are filters of the bottleneck [k].
            filters: Those filters [k].
        """
        found = []
        widest = max(self.kernel.shape[1], CANDIDATES * len(filters))
        for part in places.parts(LARGEST // (widest * _taps(edge))):
            weights, at, changes = self._patches(edge, part, channels, filters)
            with torch.enable_grad():
                responses = at.detach().requires_grad_()
                gates = torch.autograd.grad(self.nonlinearity(responses).sum(), responses)[0]
            through = torch.einsum("msyx,sc->mcyx", weights * gates, self.kernel[filters])
            predicted = (through * changes).sum((3, 4))
            if self.nonlinearity is _same:  # nothing remains to be corrected
                found.append(predicted)
                continue
            first = predicted.abs().topk(min(CANDIDATES, predicted.shape[2])).indices
            exact = [
                self._exact(weights, at, own, filters, candidates)
                for own, candidates in zip(changes, first, strict=True)
            ]
            found.append(predicted.scatter(2, first, torch.stack(exact)))
        return torch.cat(found, 1)

    def true_drops(self, edge: Edge, places: Places, channels: Tensor, filters: Tensor) -> Tensor:
        """Return all drops by real ablation of one filter at a time, in the same shape."""
        found = []
        for part in places.parts(LARGEST // (self.kernel[filters].numel() * _taps(edge))):
            weights, at, changes = self._patches(edge, part, channels, filters)
            every = torch.arange(self.kernel.shape[1], device=at.device).expand(len(part), -1)
            exact = [self._exact(weights, at, own, filters, every) for own in changes]
            found.append(torch.stack(exact))
        return torch.cat(found, 1)

    def _exact(
        self, weights: Tensor, at: Tensor, changes: Tensor, filters: Tensor, chosen: Tensor
    ) -> Tensor:
        """Return the drops by real ablation of some input channels [m, q] of the bottleneck."""
        kernel = self.kernel[filters].T[chosen][..., None, None]
        own = changes.gather(1, chosen[..., None, None].expand(-1, -1, *changes.shape[2:]))
        after = torch.addcmul(at[:, None], kernel, own[:, :, None], value=-1)
        lost = self.nonlinearity(at)[:, None] - self.nonlinearity(after)
        return torch.bmm(lost.flatten(2), weights.flatten(1)[:, :, None])[:, :, 0]

    def _patches(
        self, edge: Edge, places: Places, channels: Tensor, filters: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return kernels [m, k, y, x], responses of the bottleneck, and changes of its inputs."""
        weights = kernels(edge)[places.filter][:, channels]
        taps = Taps.of(edge.geometry, places, self.response)
        changes = torch.stack([taps.values(each) for each in self.changes])
        return weights * taps.valid, taps.values(self.response)[:, filters], changes


def _same(responses: Tensor) -> Tensor:
    return responses * 1


def _taps(edge: Edge) -> int:
    rows, columns = edge.geometry.kernel
    return rows * columns
