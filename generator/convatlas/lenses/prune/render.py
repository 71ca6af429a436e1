"""Render the prune audit: mask filters in several orders, and count what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Literal

from convatlas.lenses.base import Batch, Failed, RenderContext
from convatlas.lenses.effects.records import (
    LayerEffectsData,
    read_layer_effects,
    read_predictions,
)
from convatlas.lenses.parts.packed import Numbers, unpacked
from convatlas.lenses.parts.spread import spread
from convatlas.lenses.prune.importances import importance_of
from convatlas.lenses.prune.masking import Masking
from convatlas.lenses.prune.norms import norms
from convatlas.lenses.prune.orders import RANDOM, Orders, Values
from convatlas.lenses.prune.ranked import ranked
from convatlas.lenses.prune.records import PruneData, RankedData, TrialData
from convatlas.lenses.prune.trials import Trial, trials
from convatlas.lenses.prune.units import groups
from convatlas.model.records import Json, Record, RecordRequest

TOGETHER = 512
"""Maximum number of images on which all layers are masked together."""
ALONE = 128
"""Maximum number of images on which each layer is masked alone."""

STRANGE = "the effects of its filters are not finite"
SCORES = "its filters are the scores of the classes"
NOTHING = "prune: there is no layer whose filters can be masked; leave the option out"


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Yield the record of each request, which names the shares."""
    for request in requests:
        audit = Audit(context, request.recipe)
        if audit.orders:
            yield [(request, Record(audit.data()))]
        else:
            yield Failed([request], NOTHING)


class Audit:
    """One prune audit.

    Attributes:
        orders: The orders of each group of layers.
    """

    def __init__(self, context: RenderContext, recipe: Mapping[str, Json]) -> None:
        predictions = read_predictions(context.records)
        assert predictions is not None
        self.context = context
        self.shares: Sequence[float] = recipe["shares"]
        self.targets = predictions["target"]
        effects = {
            layer.name: known
            for layer, _ in context.plan.layers()
            if (known := read_layer_effects(context.records, layer.name))
        }
        self.importance = _finite(effects, "importance")
        baseline = _finite(effects, "baseline")
        self.masking = Masking(context, baseline)
        self.left_out = {name: reason for name in effects if (reason := self._reason(name))}
        chosen = [name for name in effects if name not in self.left_out]
        self.norms = norms(context, chosen)
        found = groups(context.plan.network.layers, chosen)
        losses = partial(_losses, context, recipe["losses"])
        self.orders = [
            Orders.of(group, importance_of(group, self.importance, losses), self.norms, number)
            for number, group in enumerate(found)
        ]

    def _reason(self, name: str) -> str:
        """Return why a layer is not masked, or ""."""
        if name not in self.importance or name not in self.masking.baseline:
            return STRANGE
        return SCORES if self.masking.gives_scores(name) else ""

    def data(self) -> PruneData:
        """Return the data of the record."""
        labelled = [image for image, target in enumerate(self.targets) if target is not None]
        images = labelled or list(range(len(self.targets)))
        together, alone = trials(self.orders, self.shares)
        (whole,) = self._tried([together], _some(images, TOGETHER))
        return {
            "measure": "accuracy" if labelled else "agreement",
            "shares": list(self.shares),
            "draws": len(RANDOM),
            "together": whole,
            "alone": self._tried(alone, _some(images, ALONE)),
            "filters": self._filters(),
            "left_out": list(self.left_out.items()),
        }

    def _tried(self, some: Sequence[Trial], images: Sequence[int]) -> list[TrialData]:
        masks = [mask for trial in some for mask in trial.masks()]
        right = self.masking.right(images, self.targets, masks)
        return [trial.result(len(images), right.__getitem__) for trial in some]

    def _filters(self) -> dict[str, RankedData]:
        """Return the filters of each layer, the layers in execution order."""
        found: dict[str, RankedData] = {}
        for orders in self.orders:
            found |= ranked(orders, self.shares, self.importance, self.norms)
        return {name: found[name] for name in self.importance if name in found}


Number = Literal["importance", "baseline"]


def _finite(effects: Mapping[str, LayerEffectsData], key: Number) -> Values:
    """Return a number of all filters of each layer; without layers where one is not finite."""
    found = {}
    for name, data in effects.items():
        values = [value for value in data[key] if value is not None]
        if len(values) == len(data[key]):
            found[name] = values
    return found


def _losses(context: RenderContext, known: Mapping[str, tuple[str, float]], name: str) -> Numbers:
    """Return the effects of a layer's filters on the losses of single images."""
    digest, unit = known[name]
    return unpacked(context.stored[digest], unit, context.layer(name).filters)


def _some(images: Sequence[int], most: int) -> list[int]:
    """Return up to ``most`` of the images, spread evenly."""
    return [images[place] for place in spread(len(images), most)]
