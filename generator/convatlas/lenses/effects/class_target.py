"""Effects on how far an image's class is ahead of the others, and on the loss of classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.errors import RenderError
from convatlas.lenses.base import PlanContext
from convatlas.lenses.effects.mistakes import behind, suspects, wrong_images
from convatlas.lenses.effects.records import Behind, PredictionsData
from convatlas.lenses.effects.targets import Scored, Target
from convatlas.lenses.parts.labelled_classes import labelled_classes
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.records import Json
from convatlas.network.scores import logits, scores_of

if TYPE_CHECKING:
    from convatlas.lenses.effects.study import Study


class ClassTarget(Target):
    """The lead of each image's class, its logit minus the mean of all logits; its cross-entropy.

    An image's class is its label or else, from the first time that it is scored, what the network
    predicts then.

    Attributes:
        labels: The class of each image of the set that is its label, if that is one.
        predicted: The class with the highest score, by the image's index.
    """

    def __init__(self, labels: Sequence[int | None], network: NetworkFacts) -> None:
        self.labels = labels
        self.network = network
        self.predicted: dict[int, int] = {}

    @classmethod
    def of(cls, context: PlanContext) -> ClassTarget:
        """Return the target of a network that is shown images."""
        assert context.images is not None
        facts = context.network
        return cls(labelled_classes(context.images.images, facts.classes, facts.scores), facts)

    def score(self, output: object, images: Sequence[int]) -> Scored:
        """Return the leads and losses of images, and their classes."""
        values = _logits(output, len(images))
        for image, predicted in zip(images, values.argmax(1).tolist(), strict=True):
            self.predicted.setdefault(image, predicted)
        classes = [self._class(image) for image in images]
        wanted = torch.tensor(classes, device=values.device)
        loss = F.cross_entropy(values, wanted, reduction="none")
        return Scored(_of(values, wanted) - values.mean(1), loss, classes)

    def gap(self, output: object, images: Sequence[int]) -> Tensor:
        """Return the logits of the predicted classes minus those of the images' classes [n]."""
        values = _logits(output, len(images))
        own = torch.tensor([self._class(image) for image in images], device=values.device)
        highest = torch.tensor([self.predicted[image] for image in images], device=values.device)
        return _of(values, highest) - _of(values, own)

    def _class(self, image: int) -> int:
        label = self.labels[image]
        return self.predicted[image] if label is None else label

    def refused(self, study: Study) -> str:
        """Say that scores are not finite, if some are."""
        if not study.strange:
            return ""
        of = f"{len(study.strange)} of {len(self.labels)} images"
        return f"the scores of {of} are not finite; look for it in the weights"

    def needed(self, shown: Sequence[Layer]) -> Sequence[Layer]:
        """Return the layers that may be behind mistakes."""
        return suspects(shown, self.network)

    def record(self, study: Study, shown: Sequence[Layer]) -> Mapping[str, Json]:
        """Return what the network says of each image, and what is behind mistakes."""
        data: PredictionsData = {
            "predicted": [self.predicted[image] for image in range(len(self.labels))],
            "target": list(self.labels),
            "lead": study.leads,
            "mistakes": [],
        }
        names = {layer.name for layer in self.needed(shown)}
        if names and (wrong := wrong_images(data)):
            study.show(partial(self._add_mistakes, study, names, data["mistakes"]), wrong)
        return cast("Mapping[str, Json]", data)

    def _add_mistakes(
        self,
        study: Study,
        names: set[str],
        found: list[tuple[int, list[Behind]]],
        indices: Sequence[int],
        inputs: Tensor,
    ) -> None:
        """Add what is behind images that are taken for another class than their label."""
        gaps = study.products(inputs, lambda output: self.gap(output, indices))
        own = {name: pair for name, pair in gaps.items() if name in names}
        baselines = {name: study.baseline(name) for name in own}
        if own:
            found += zip(indices, behind(own, baselines), strict=True)


def _logits(output: object, images: int) -> Tensor:
    scores = scores_of(output, images)
    if scores is None:
        raise RenderError("the network's output for these images is no row of scores for each")
    return logits(scores.float())


def _of(values: Tensor, classes: Tensor) -> Tensor:
    """Return the value of each row's class [n]."""
    return values.gather(1, classes[:, None])[:, 0]
