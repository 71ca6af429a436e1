"""What effects are effects on: a number of each image that is shown to the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from convatlas.model.facts import Layer
from convatlas.model.records import Json

if TYPE_CHECKING:
    from convatlas.lenses.effects.study import Study


@dataclass(frozen=True)
class Scored:
    """What a network's output for a batch of images comes to.

    Attributes:
        lead: The number of each image that effects are effects on [n].
        loss: The number of each image that importance is importance for [n].
        classes: The class of each image; None if it has none.
    """

    lead: Tensor
    loss: Tensor
    classes: Sequence[int | None]


class Target(ABC):
    """What effects are effects on.

    An image has the same class whenever it is scored, also if filters are set to something.
    """

    @abstractmethod
    def score(self, output: object, images: Sequence[int]) -> Scored:
        """Return what the network's output for a batch of images comes to.

        It can be differentiated, unless gradients are switched off.

        Args:
            output: What the network returned.
            images: The indices of the images [n].

        Raises:
            RenderError: the output does not tell.
        """

    @abstractmethod
    def refused(self, study: Study) -> str:
        """Say why no effects on it can be told, once all images were shown; "" if they can."""

    @abstractmethod
    def record(self, study: Study, shown: Sequence[Layer]) -> Mapping[str, Json]:
        """Return the data of the network's own record, once all images were shown.

        Args:
            study: The pass over the images.
            shown: The layers that the atlas shows.
        """

    def needed(self, shown: Sequence[Layer]) -> Sequence[Layer]:
        """Return the layers that the network's own record needs to be studied."""
        return ()
