"""Sums over images from which the effects of a layer's filters are worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor


def products(activations: Tensor, gradients: Tensor) -> Tensor:
    """Return two sums over positions for each image and filter, [2, n, filters].

    These are of gradient times activation, and of the gradient: the effect is the first minus the
    baseline times the second, whatever the baseline turns out to be.

    Args:
        activations: [n, filters, rows, columns].
        gradients: Of the target, in the same shape.
    """
    return torch.stack([(activations * gradients).sum((2, 3)), gradients.sum((2, 3))])


class LayerTotals:
    """What is kept of a layer: it grows with classes and the sample, but not with images.

    Attributes:
        images: How many images reached the layer.
        sampled: The images of the sample that did, by their indices.
    """

    def __init__(self, filters: int) -> None:
        self.images = 0
        self.sampled: list[int] = []
        self._positions = 0
        self._activations = torch.zeros(filters, dtype=torch.float64)
        self._classes: dict[int | None, Tensor] = {}  # sums of ``products`` of leads [2, filters]
        self._classes_of: list[int | None] = []  # of each image of the sample
        self._counts = Counter[int | None]()  # images of each class, and of those without one
        self._leads: list[Tensor] = []
        self._losses: list[Tensor] = []

    def add(self, activations: Tensor, lead: Tensor, classes: Sequence[int | None]) -> None:
        """Add a batch of images.

        Args:
            activations: [n, filters, rows, columns].
            lead: ``products`` with the gradients of the leads, in main memory.
            classes: The class of each image; None if it has none.
        """
        self.images += len(classes)
        self._positions += activations[:, 0].numel()
        self._activations += activations.sum((0, 2, 3)).cpu().double()
        for number in dict.fromkeys(classes):
            own = lead[:, [place for place, each in enumerate(classes) if each == number]]
            self._counts[number] += own.shape[1]
            self._classes.setdefault(number, torch.zeros_like(own[:, 0])).add_(own.sum(1))

    def sample(
        self,
        images: Sequence[int],
        classes: Sequence[int | None],
        lead: Tensor,
        loss: Tensor,
    ) -> None:
        """Keep some images.

        Args:
            images: Their indices.
            classes: The class of each; None if it has none.
            lead: ``products`` with the gradients of their leads [2, n, filters], in main memory.
            loss: The same of their losses.
        """
        self.sampled += images
        self._classes_of += classes
        self._leads.append(lead)
        self._losses.append(loss)

    @property
    def measured(self) -> bool:
        """Whether any images tell of effects."""
        return bool(self.sampled)

    @property
    def mean(self) -> Tensor:
        """The mean activation of each filter over all positions of all images [filters]."""
        return self._activations / max(self._positions, 1)

    def importance(self, baseline: Tensor) -> Tensor:
        """Return the mean square of the first-order change of the loss [filters].

        Molchanov et al., "Importance Estimation for Neural Network Pruning" (CVPR 2019), arXiv
        1906.10771, with a baseline [filters] other than zero.
        """
        return self.losses(baseline).square().mean(0)

    def losses(self, baseline: Tensor) -> Tensor:
        """Return the effects on the losses of the images of the sample [sampled, filters]."""
        return effect(torch.cat(self._losses, 1), baseline)

    def by_class(self, baseline: Tensor) -> dict[int | None, tuple[int, Tensor]]:
        """Return, by class, the number of its images and the mean effects on them [filters].

        Classes are in rising order; None stands for images that have none.
        """
        numbers = sorted(self._classes, key=lambda number: -1 if number is None else number)
        return {
            number: (
                self._counts[number],
                effect(self._classes[number], baseline) / self._counts[number],
            )
            for number in numbers
        }

    def rows_of_classes(self) -> dict[int | None, list[int]]:
        """Return, by class, the places of its images in the sample."""
        found: dict[int | None, list[int]] = {}
        for row, number in enumerate(self._classes_of):
            found.setdefault(number, []).append(row)
        return found

    def effects(self, baseline: Tensor) -> Tensor:
        """Return the effects on the images of the sample [sampled, filters]."""
        return effect(torch.cat(self._leads, 1), baseline)


def effect(products: Tensor, baseline: Tensor) -> Tensor:
    """Return effects [..., filters] from products [2, ..., filters]."""
    first, second = products.double().unbind()
    return first - baseline * second
