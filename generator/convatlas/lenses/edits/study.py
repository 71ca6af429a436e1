"""The study of some edits: one pass over the images, and a closer look at a sample of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from torch import Tensor

from convatlas.images.edits.edit import Edit
from convatlas.lenses.base import Batch, Failed, RenderContext
from convatlas.lenses.edits.carriers import MOVED, Traced, behind, may_carry, traced
from convatlas.lenses.edits.layer_records import layer_edit
from convatlas.lenses.edits.records import SAMPLE, EditData
from convatlas.lenses.edits.restoring import Restoring
from convatlas.lenses.edits.score_records import changes, edit_data, scores, target_entry
from convatlas.lenses.edits.showing import Showing
from convatlas.lenses.edits.targets import EditTarget
from convatlas.lenses.parts.image_batches import as_pictures, edited_batches
from convatlas.lenses.parts.labelled_classes import labelled_classes
from convatlas.lenses.parts.spread import spread
from convatlas.model.edits import EditFacts
from convatlas.model.facts import Layer
from convatlas.model.records import Record, RecordRequest
from convatlas.network.responses import normalise

UNREACHED = "no image reaches it both plain and edited; leave it out with `layers:`"
UNEVEN = "it does not answer each picture with a map; leave it out with `layers:`"
STRANGE = "the scores of some image are not finite; look for it in the weights"


class Study:
    """Some edits, studied together.

    Args:
        context: What is rendered with.
        edits: The edits by name.
        layers: Those whose filters are studied.
        images: The indices of the images in the set.
    """

    def __init__(
        self,
        context: RenderContext,
        edits: Mapping[str, Edit],
        layers: Sequence[Layer],
        images: Sequence[int],
    ) -> None:
        self._context = context
        self._edits = edits
        self._layers = layers
        self._images = images
        scored = context.plan.network.scores > 0
        self._showing = Showing(context, layers, images, list(edits.values()), scored=scored)

    def run(self) -> None:
        """Show the images.

        Raises:
            RenderError: an edit fails, or the network's output is no row of scores.
        """
        self._showing.run()

    def records(
        self, edit: EditFacts, requests: Sequence[RecordRequest]
    ) -> Iterator[Batch | Failed]:
        """Yield the records of an edit."""
        version = 1 + list(self._edits).index(edit.name)
        plain, edited = self._showing.logits[0], self._showing.logits[version]
        target = None
        if finite := bool(plain.isfinite().all() and edited.isfinite().all()):
            target = EditTarget.of(changes(plain, edited)) if plain.numel() else None
        found = self._traced(edit, target, version) if target else Traced({})
        for request in requests:
            if request.layer is not None:
                yield self._layer(edit, version, found, request)
            elif finite:
                yield [(request, Record(self._whole(version, target, found)))]
            else:
                yield Failed([request], f"edits: {edit.name}: {STRANGE}")

    def _layer(
        self, edit: EditFacts, version: int, found: Traced, request: RecordRequest
    ) -> Batch | Failed:
        """Return the record of a layer."""
        name = str(request.layer)
        reached = self._showing.reached[name][[0, version]].all(0)
        if name in self._showing.uneven or not reached.any():
            reason = UNEVEN if name in self._showing.uneven else UNREACHED
            return Failed([request], f"edits: {name}: {reason}")
        plain, edited = self._showing.highest[name][[0, version]][:, reached]
        return [(request, Record(layer_edit(edit, plain, edited, found.shares.get(name))))]

    def _whole(self, version: int, target: EditTarget | None, found: Traced) -> EditData:
        """Return the record of the network as a whole."""
        plain, edited = self._showing.logits[0], self._showing.logits[version]
        assert self._context.plan.images is not None
        of = len(self._context.plan.images.images)
        touched = self._showing.touched[version]
        if not plain.numel():
            return edit_data(self._images, of, touched, [], [])
        before, after = plain.argmax(1).tolist(), edited.argmax(1).tolist()
        data = edit_data(self._images, of, touched, before, after)
        data["scores"] = scores(plain, edited, self._labels)
        if target:
            data["scores"]["target"] = target_entry(target, plain, edited)
        if target and found.shares:
            restoring = Restoring(self._context, target, *self._sample[[0, version]])
            data["scores"]["behind"] = behind(found, restoring)
        if found.problem:
            data["scores"]["untraced"] = found.problem
        return data

    def _traced(self, edit: EditFacts, target: EditTarget, version: int) -> Traced:
        if edit.moves:
            return Traced({}, problem=MOVED)
        layers = may_carry(self._layers, self._context.plan.network)
        return traced(self._context, layers, target, *self._sample[[0, version]])

    @cached_property
    def _labels(self) -> list[int | None]:
        """The class that is the label of each image."""
        context = self._context.plan
        assert context.images is not None
        facts = context.network
        known = labelled_classes(context.images.images, facts.classes, facts.scores)
        return [known[image] for image in self._images]

    @cached_property
    def _sample(self) -> Tensor:
        """The network's inputs for a few of the images [versions, n, channels, height, width]."""
        chosen = [self._images[place] for place in spread(len(self._images), SAMPLE)]
        batches = edited_batches(self._context, list(self._edits.values()), len(chosen), chosen)
        ((_, pixels),) = batches
        pictures = as_pictures(pixels.transpose(0, 1).flatten(0, 1))
        inputs = normalise(pictures, self._context.plan.network.preprocessing)
        return inputs.view(-1, len(chosen), *inputs.shape[1:])
