"""Find suspects among the records of effects and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from convatlas.lenses.base import Batch, RenderContext
from convatlas.lenses.effects.records import SAMPLE, read_layer_effects, read_predictions
from convatlas.lenses.examples.records import ABSENT, read_examples
from convatlas.lenses.parts.draw import Draw
from convatlas.lenses.parts.packed import unpacked
from convatlas.lenses.parts.peaks import Peaks, unpacked_peaks
from convatlas.lenses.parts.spread import spread
from convatlas.lenses.suspects.borders import at_border
from convatlas.lenses.suspects.excited import Exciting, excited_by_others, exciting, usual_share
from convatlas.lenses.suspects.kinds import two_kinds
from convatlas.lenses.suspects.records import ClassSuspects, SuspectsData
from convatlas.lenses.suspects.sources import Blobs
from convatlas.lenses.suspects.strong import Strong, strong
from convatlas.model.records import Json, Record, RecordRequest

TELLING = 1 / 3
"""The share of their strongest images that must usually be of the class in a layer whose peaks are
looked at: filters of earlier layers answer to what is in many classes, and to the padding."""


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch]:
    """Yield the record of each request."""
    for request in requests:
        yield [(request, Record(Search(context, request.recipe).data()))]


class Search:
    """Looks for suspects in one network.

    Attributes:
        images: The images of each class that has enough, by their indices in the set.
        sampled: The images of the sample, by their indices in the set.
        members: Which of them are of each class [images].
        strong: By layer, the filters that do much for one of these classes.
        exciting: By layer, what excites these filters.
        found: What was found so far, by the class's index.
    """

    def __init__(self, context: RenderContext, recipe: Mapping[str, Json]) -> None:
        predictions, images = read_predictions(context.records), context.plan.images
        assert predictions is not None
        assert images is not None
        self.context = context
        self.recipe = recipe
        self.targets = predictions["target"]
        self.images = _of_classes(self.targets, recipe["images"])
        self.places = {image.id: place for place, image in enumerate(images.images)}
        self.sampled = Draw.of(images.fingerprint, len(images.images)).images
        self.members = {number: np.isin(self.sampled, own) for number, own in self.images.items()}
        self.strong = {name: list(self._strong(name)) for name in recipe["peaks"]}
        self.exciting = {name: self._exciting(name, found) for name, found in self.strong.items()}
        self.found: dict[int, ClassSuspects] = {}

    def data(self) -> SuspectsData:
        """Return the data of the record."""
        self._look_for_excited()
        self._look_at_borders()
        self._look_for_kinds()
        for each in self.found.values():
            each["excited"].sort(key=lambda suspect: -suspect["effect"])
            each["border"].sort(key=lambda suspect: -suspect["effect"])
        return {
            "least": self.recipe["images"],
            "looked": list(self.images),
            "classes": {str(number): self.found[number] for number in sorted(self.found)},
        }

    def _strong(self, layer: str) -> Iterator[Strong]:
        """Yield the filters that do much for a class by answering to it, not by their silence."""
        data = read_layer_effects(self.context.records, layer)
        assert data is not None
        digests = self.recipe["sketches"][layer]
        for each in strong(layer, data, self.context.plan.filters[layer], self.images):
            sketch = np.frombuffer(self.context.stored[digests[str(each.filter)]], np.int8)
            own = sketch[self.members[each.number] & (sketch != ABSENT)]
            if len(own) and own.mean() > 0:
                yield each

    def _of(self, number: int) -> ClassSuspects:
        return self.found.setdefault(number, {"excited": [], "border": []})

    def _look_for_excited(self) -> None:
        for layer, found in self.strong.items():
            if self.context.layer(layer).filters == self.context.plan.network.scores:
                continue  # its filters may be the classes themselves
            for number, suspect in excited_by_others(found, self.exciting[layer]):
                self._of(number)["excited"].append(suspect)

    def _exciting(self, layer: str, found: Sequence[Strong]) -> list[Exciting]:
        images = {number: set(own) for number, own in self.images.items()}
        return exciting(found, partial(self._strongest, layer), images)

    def _strongest(self, layer: str, index: int) -> list[int]:
        record = read_examples(self.context.records, layer, index)
        assert record is not None
        return [self.places[each["image"]] for each in record.data["top"]]

    def _look_at_borders(self) -> None:
        telling = {
            layer: self._peaks(digests)
            for layer, digests in self.recipe["peaks"].items()
            if digests and usual_share(self.exciting[layer]) >= TELLING
        }
        tests = sum(len(self.strong[layer]) for layer in telling)
        for layer, peaks in telling.items():
            found = at_border(self.strong[layer], peaks, self.members, self.sampled, tests)
            for number, suspect in found:
                self._of(number)["border"].append(suspect)

    def _peaks(self, digests: Blobs) -> dict[int, Peaks]:
        stored = self.context.stored
        return {int(index): unpacked_peaks(stored[digest]) for index, digest in digests.items()}

    def _look_for_kinds(self) -> None:
        sample = spread(len(self.targets), SAMPLE)
        for layer, (digest, unit) in self.recipe["effects"].items():
            data = self.context.stored[digest]
            effects = unpacked(data, unit, self.context.layer(layer).filters)
            for number in self.images:
                rows = [row for row, image in enumerate(sample) if self.targets[image] == number]
                images = [sample[row] for row in rows]
                kinds = two_kinds(layer, self.context.plan.filters[layer], effects[rows], images)
                if kinds:
                    self._of(number)["groups"] = kinds


def _of_classes(targets: Sequence[int | None], least: int) -> dict[int, list[int]]:
    """Return the images of each class that has at least so many, the classes in rising order."""
    images: dict[int, list[int]] = {}
    for image, number in enumerate(targets):
        if number is not None:
            images.setdefault(number, []).append(image)
    return {number: images[number] for number in sorted(images) if len(images[number]) >= least}
