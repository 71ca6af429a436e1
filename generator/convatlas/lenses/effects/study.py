"""One pass over an image set, forward and backward, and what it tells of effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from math import isfinite

import torch
from torch import Tensor

from convatlas.lenses.base import Batch, Failed, RenderContext
from convatlas.lenses.effects.ablations import Ablations
from convatlas.lenses.effects.audit import IMAGES, Auditor, audit
from convatlas.lenses.effects.exact import Exact, exact, fails
from convatlas.lenses.effects.last_hidden import last_hidden
from convatlas.lenses.effects.layer_records import LayerRecords
from convatlas.lenses.effects.options import Effects
from convatlas.lenses.effects.records import EFFECTS, LAYER, LOSSES, SAMPLE, Audit
from convatlas.lenses.effects.targets import Target
from convatlas.lenses.effects.totals import LayerTotals, products
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.model.records import Record, RecordRequest, short
from convatlas.network.activations import Activations, ablated
from convatlas.network.memory import Capacity
from convatlas.network.responses import normalise

TOGETHER = {"cpu": 8}
"""Images per pass, by device type."""
MANY = 64
"""The same on any other device."""
UNREACHED = "no image reaches it; leave it out with `layers:`, or add images that do"
STRANGE = "what the output loses without it is not finite; look for it in the weights"

Add = Callable[[Sequence[int], Tensor], None]
"""Adds images, given their indices and the network's inputs [n, channels, height, width]."""


class Study:
    """One pass over an image set.

    Args:
        context: What is rendered with.
        layers: Those whose filters are studied.
        target: What effects are effects on.

    Attributes:
        leads: That number, of each image of the set.
        totals: What is kept of each layer, by its name.
        sample: The images whose effects are kept one by one, and whose losses tell of importance,
            by their indices.
    """

    def __init__(self, context: RenderContext, layers: Sequence[Layer], target: Target) -> None:
        assert context.plan.images is not None
        self.context = context
        self.layers = layers
        self.target = target
        options = context.plan.options(Effects)
        assert options is not None
        self.options = options
        self.count = len(context.plan.images.images)
        self.leads: list[float] = []
        self.totals = {layer.name: LayerTotals(layer.filters) for layer in layers}
        self.sample = set(spread(self.count, SAMPLE))
        self.tied = {
            name
            for layer in context.plan.network.layers
            for tie in layer.ties
            for name in (layer.name, tie.layer)
        }
        self.last = last_hidden(context.plan)
        single = context.plan.network.single
        most = 1 if single else TOGETHER.get(context.device.type, MANY)
        self.capacity = Capacity(most, context.device)

    def run(self) -> None:
        """Show the images to the network."""
        self.show(self._add, None)

    @property
    def strange(self) -> list[int]:
        """The images whose leads are not finite, by their indices."""
        return [image for image, lead in enumerate(self.leads) if not isfinite(lead)]

    @property
    def depends_on_batch(self) -> bool:
        """Whether the network itself answers differently to an image beside others."""
        layers = self.context.plan.network.layers
        return any(layer.varies is not None for layer in layers)

    def alone(self, image: int) -> float:
        """Return the lead of an image that is shown by itself."""
        ((_, picture),) = image_batches(self.context, 1, [image])
        inputs = normalise(picture, self.context.plan.network.preprocessing)
        with torch.no_grad():
            output = ablated(self.context.module, inputs, {})
            return float(self.target.score(output, [image]).lead)

    def show(self, add: Add, chosen: list[int] | None) -> None:
        """Show all images, or those chosen by their indices, to the network in batches."""
        indices = range(self.count) if chosen is None else chosen
        for first, pictures in image_batches(self.context, self.capacity.count, chosen):
            inputs = normalise(pictures, self.context.plan.network.preprocessing)
            start = 0
            while start < len(inputs):
                own = indices[first + start : first + len(inputs)]
                start += self.capacity.run(partial(_first, add, own, inputs[start:]), len(own))

    def _add(self, indices: Sequence[int], inputs: Tensor) -> None:
        """Add images to the totals and to the leads."""
        passed = self._passed(inputs)
        with torch.enable_grad():
            scored = self.target.score(passed.output, indices)
        found = _products(passed, scored.lead)
        kept = [place for place, index in enumerate(indices) if index in self.sample]
        losses = found  # where the loss is the lead itself, it needs no gradients of its own
        if kept and scored.loss is not scored.lead:
            losses = _products(passed, scored.loss[kept])
        for name, leads in found.items():
            totals = self.totals[name]
            totals.add(passed.values[name], leads, scored.classes)
            if kept:
                sampled = [indices[place] for place in kept]
                classes = [scored.classes[place] for place in kept]
                totals.sample(sampled, classes, leads[:, kept], losses[name][:, kept])
        self.leads += map(short, scored.lead.tolist())

    def products(self, inputs: Tensor, number: Callable[[object], Tensor]) -> dict[str, Tensor]:
        """Return the ``totals.products`` of each layer that images reach, in main memory.

        Args:
            inputs: The images [n, channels, height, width].
            number: From the network's output to the number of each image [n] that is traced back.
        """
        passed = self._passed(inputs)
        with torch.enable_grad():
            return _products(passed, number(passed.output))

    def _passed(self, inputs: Tensor) -> Activations:
        return Activations(self.context.module, self.layers, inputs)

    def baseline(self, layer: str) -> Tensor:
        """Return what a layer's filters are set to [filters]."""
        mean = self.totals[layer].mean
        return mean if self.options.baseline == "mean" else torch.zeros_like(mean)

    @cached_property
    def auditor(self) -> Auditor:
        """Tests effects on some images of the sample."""
        sample = sorted(self.sample)
        chosen = [sample[place] for place in spread(len(sample), IMAGES)]
        batches = image_batches(self.context, len(chosen), chosen)
        pictures = torch.cat([pictures for _, pictures in batches])
        inputs = normalise(pictures, self.context.plan.network.preprocessing)
        return Auditor(self.ablations, chosen, inputs)

    @cached_property
    def ablations(self) -> Ablations:
        """Sets filters to their baseline."""
        return Ablations(
            self.context.module,
            self.target,
            self.capacity.count,
            self.context.device,
            single=self.context.plan.network.single,
        )

    def records(self, layer: Layer, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
        """Yield the records of a layer."""
        totals = self.totals[layer.name]
        if not totals.measured:
            yield Failed(requests, f"{layer.name}: {UNREACHED}")
            return
        baseline = self.baseline(layer.name)
        tested = self._tested(layer, baseline, requests)
        measured = self._measured(layer, baseline, tested) if tested else None
        made = LayerRecords(totals, baseline, self.leads, measured)
        batch: Batch = []
        strange = []
        for request in requests:
            if request.item == LAYER and tested:
                batch.append((request, self._layer_record(layer, made, tested)))
            elif made.finite(int(request.item)):
                batch.append((request, Record(made.filter(int(request.item)))))
            else:
                strange.append(request)
        yield batch
        if strange:
            items = ", ".join(str(request.item) for request in strange)
            yield Failed(strange, f"effects of {layer.name}: {STRANGE} (filters {items})")

    def _tested(
        self, layer: Layer, baseline: Tensor, requests: Sequence[RecordRequest]
    ) -> Audit | None:
        """Return the test of a layer's effects if its record is asked for, or any depends on it."""
        if self.options.exact or any(request.item == LAYER for request in requests):
            return audit(self.auditor, layer, self.totals[layer.name], baseline)
        return None

    def _measured(self, layer: Layer, baseline: Tensor, tested: Audit) -> Exact | None:
        """Return what the filters of a layer really do, if that is asked for and the test fails."""
        images = self.options.exact
        if not images or not fails(tested):
            return None
        totals = self.totals[layer.name]
        return exact(self.context, self.ablations, layer, totals, baseline, images)

    def _layer_record(self, layer: Layer, made: LayerRecords, tested: Audit) -> Record:
        """Return the record of a layer, with the effects on single images that others read."""
        blobs = {}
        if layer.name in self.tied:
            blobs[LOSSES] = made.totals.losses(made.baseline)
        if layer == self.last:
            blobs[EFFECTS] = made.totals.effects(made.baseline)
        return made.record(tested, sorted(self.sample), blobs)


def _first(add: Add, indices: Sequence[int], inputs: Tensor, count: int) -> int:
    """Add the first ``count`` of some images, and return that number."""
    add(indices[:count], inputs[:count])
    return count


def _products(passed: Activations, number: Tensor) -> dict[str, Tensor]:
    """Return the products of each layer that was reached, in main memory.

    A layer on which the numbers [n] do not depend has no effect.
    """
    gradients = passed.gradients(number.sum())
    return {
        name: products(values, gradients[name]).cpu()
        if name in gradients
        else torch.zeros(2, *values.shape[:2])
        for name, values in passed.values.items()
    }
