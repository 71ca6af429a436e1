"""What effects and predictions say of two networks that are compared."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.effects.entries import effects
from convatlas.lenses.effects.records import PredictionsData, read_predictions
from convatlas.lenses.parts.changes import Changes
from convatlas.model.manifest import Filter
from convatlas.ui.network_results import NetworkResults


class EffectsChanges(Changes):
    """What filters do to the output, and what the networks say of the images."""

    def state(self, filter: Filter) -> Mapping[str, object]:
        """Return the size of a filter's effects."""
        found = effects(filter)
        return {"effect": found["size"]} if found else {}

    def networks(self, before: NetworkResults, after: NetworkResults) -> Mapping[str, object]:
        """Return both accuracies, and how many images are taken for another class."""
        own, other = read_predictions(before.records), read_predictions(after.records)
        if own is None or other is None or before.network.classes != after.network.classes:
            return {}
        pairs = zip(own["predicted"], other["predicted"], strict=True)
        return {
            "accuracy": (_accuracy(own), _accuracy(other)),
            "labelled": sum(target is not None for target in own["target"]),
            "changed": sum(first != second for first, second in pairs),
            "answered": len(own["predicted"]),
        }


def _accuracy(predictions: PredictionsData) -> float | None:
    """Return the share of the labelled images that are taken for their class."""
    pairs = zip(predictions["predicted"], predictions["target"], strict=True)
    right = [said == label for said, label in pairs if label is not None]
    return sum(right) / len(right) if right else None
