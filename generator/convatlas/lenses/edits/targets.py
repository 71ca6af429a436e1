"""What an edit does to the scores of classes, and the change that is traced to filters."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from convatlas.errors import RenderError
from convatlas.network.scores import logits, scores_of

CLASSES = 5
"""Maximum number of raised classes, and of lowered ones, that the target is made of."""
STILL = 1e-4
"""The change, in logits, up to which scores are said not to change."""


@dataclass(frozen=True)
class EditTarget:
    """The mean logit of the classes that an edit raises most minus that of those it lowers most.

    Attributes:
        raised: Their indices, the most raised first.
        lowered: As many, the most lowered first.
    """

    raised: list[int]
    lowered: list[int]

    @classmethod
    def of(cls, changes: Tensor) -> EditTarget | None:
        """Return the target of an edit by the mean change of each logit; None if none changes."""
        if changes.amax() - changes.amin() <= STILL:
            return None
        order = changes.argsort(descending=True, stable=True)
        count = min(CLASSES, len(order) // 2)
        return cls(order[:count].tolist(), order.flip(0)[:count].tolist())

    def value(self, logits: Tensor) -> Tensor:
        """Return the target of each image [n] by its logits [n, classes]."""
        return logits[:, self.raised].mean(1) - logits[:, self.lowered].mean(1)

    def scored(self, output: object, pictures: int) -> Tensor:
        """Return the target of each picture [n] by the network's output for them.

        Raises:
            RenderError: the output is no row of scores for each.
        """
        scores = scores_of(output, pictures)
        if scores is None:
            message = "the network's output for these images is no row of scores for each"
            raise RenderError(message)
        return self.value(logits(scores.float()))
