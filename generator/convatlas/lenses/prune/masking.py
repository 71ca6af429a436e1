"""Networks some of whose filters are masked: set to their baseline on all images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from convatlas.errors import RenderError
from convatlas.lenses.base import RenderContext
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.prune.orders import Mask
from convatlas.model.facts import Tap
from convatlas.network.activations import ablated, consumed
from convatlas.network.memory import Capacity
from convatlas.network.responses import normalise
from convatlas.network.scores import logits, scores_of

TOGETHER = {"cpu": 8}
"""Images per pass, by device type."""
MANY = 128
"""The same on any other device."""

Changes = Mapping[Tap, tuple[Tensor, Tensor]]


class Masking:
    """Shows images to a network with masks.

    Args:
        context: Has the network and the images.
        baseline: By layer, what each of its filters is set to.
    """

    def __init__(self, context: RenderContext, baseline: Mapping[str, Sequence[float]]) -> None:
        self.context = context
        self.baseline = baseline
        single = context.plan.network.single
        most = 1 if single else TOGETHER.get(context.device.type, MANY)
        self.capacity = Capacity(most, context.device)

    def right(
        self, images: Sequence[int], targets: Sequence[int | None], masks: Iterable[Mask]
    ) -> dict[Mask, int]:
        """Return for each mask on how many images the network predicts the target.

        Args:
            images: The indices of the images.
            targets: The class of every image of the set; where it is None, it is what the network
                predicts without a mask.
            masks: The masks.
        """
        distinct = list(dict.fromkeys(masks))
        changes = [self._changes(mask) for mask in distinct]
        counts = [0] * len(distinct)
        for first, pictures in image_batches(self.context, self.capacity.count, images):
            start = 0
            while start < len(pictures):
                shown = [targets[image] for image in images[first + start :]]
                show = partial(self._show, pictures[start:], shown, changes)
                done, found = self.capacity.run(show, len(pictures) - start)
                start += done
                counts = [before + more for before, more in zip(counts, found, strict=True)]
        return dict(zip(distinct, counts, strict=True))

    def _show(
        self, pictures: Tensor, targets: Sequence[int | None], masks: Sequence[Changes], n: int
    ) -> tuple[int, list[int]]:
        """Return ``n``, and on how many of the first ``n`` pictures each mask gives the target."""
        inputs = normalise(pictures[:n], self.context.plan.network.preprocessing)
        known = torch.tensor([-1 if each is None else each for each in targets[:n]])
        known = known.to(inputs.device)
        if (known < 0).any():
            known = torch.where(known < 0, self._scores(inputs, {}).argmax(1), known)
        predicted = (self._scores(inputs, changes).argmax(1) for changes in masks)
        return n, [int((each == known).sum()) for each in predicted]

    def _scores(self, inputs: Tensor, changes: Changes) -> Tensor:
        """Return the scores of masked networks, [n, classes].

        Raises:
            RenderError: the output is no row of scores for each picture.
        """
        scores = scores_of(ablated(self.context.module, inputs, changes), len(inputs))
        if scores is None:
            raise RenderError("the network's output for these images is no row of scores for each")
        return scores

    def _changes(self, mask: Mask) -> Changes:
        """Return what a mask sets filters to, layer by layer."""
        by_layer: dict[str, list[int]] = {}
        for name, index in sorted(mask):
            by_layer.setdefault(name, []).append(index)
        return {
            consumed(self.context.layer(name)): self._change(name, indices)
            for name, indices in by_layer.items()
        }

    def _change(self, name: str, indices: Collection[int]) -> tuple[Tensor, Tensor]:
        device = self.context.device
        values = [self.baseline[name][index] for index in indices]
        filters = torch.tensor(list(indices), device=device)
        return filters, torch.tensor(values, device=device)

    def gives_scores(self, name: str) -> bool:
        """Return whether each filter of a layer is a score: it changes its own, and no other."""
        layer = self.context.layer(name)
        if layer.filters != self.context.plan.network.scores:
            return False
        ((_, pictures),) = image_batches(self.context, 1, [0])
        inputs = normalise(pictures, self.context.plan.network.preprocessing)
        before = logits(self._scores(inputs, {}))[0]
        return all(self._alone(inputs, name, index, before) for index in (0, layer.filters - 1))

    def _alone(self, inputs: Tensor, name: str, index: int, before: Tensor) -> bool:
        """Return whether a filter moves its own score against all others, which stay together."""
        device = self.context.device
        change = torch.tensor([index], device=device), before.abs().max()[None] + 1
        after = logits(self._scores(inputs, {consumed(self.context.layer(name)): change}))[0]
        moved = after - before
        others = torch.cat([moved[:index], moved[index + 1 :]])
        own = float((moved[index] - others.mean()).abs())
        return own > 0 and float(others.max() - others.min()) <= 1e-4 * own
