"""Filters that are really set back, on edited images, to what they are on the plain ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from convatlas.lenses.base import RenderContext
from convatlas.lenses.edits.showing import together
from convatlas.lenses.edits.targets import EditTarget
from convatlas.model.facts import Layer
from convatlas.network.restoring import kept, restored


class Restoring:
    """Sets filters back on a sample of images.

    Args:
        context: What is rendered with.
        target: What is measured.
        plain: The network's inputs for the images [n, channels, height, width].
        edited: The same, edited.
    """

    def __init__(
        self, context: RenderContext, target: EditTarget, plain: Tensor, edited: Tensor
    ) -> None:
        self.images = len(plain)
        self._context = context
        self._target = target
        self._plain = plain
        self._edited = edited
        self._capacity = together(context)
        self._before = self._values({}, plain, plain)
        self._after = self._values({}, plain, edited)

    def undone(self, filters: Mapping[str, Sequence[int]]) -> float:
        """Return the share of the target's change that setting filters back undoes.

        Args:
            filters: The indices of the filters by layer.
        """
        layers = {self._context.layer(name): own for name, own in filters.items()}
        left = self._values(layers, self._plain, self._edited) - self._before
        return 1 - float(left.sum() / (self._after - self._before).sum())

    def _values(
        self, layers: Mapping[Layer, Sequence[int]], plain: Tensor, edited: Tensor
    ) -> Tensor:
        """Return the target of edited images on which filters are as on the plain ones [n]."""
        found: list[Tensor] = []
        start = 0
        while start < len(plain):
            some = partial(self._some, layers, plain[start:], edited[start:])
            found.append(self._capacity.run(some, len(plain) - start))
            start += len(found[-1])
        return torch.cat(found)

    def _some(
        self, layers: Mapping[Layer, Sequence[int]], plain: Tensor, edited: Tensor, count: int
    ) -> Tensor:
        module = self._context.module
        activations = kept(module, layers, plain[:count]) if layers else {}
        output = restored(module, layers, edited[:count], activations)
        return self._target.scored(output, count).cpu().double()
