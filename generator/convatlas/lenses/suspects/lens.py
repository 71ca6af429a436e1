"""The lens ``suspects``: what looks odd about classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    shared_key,
)
from convatlas.lenses.effects.records import EFFECTS as BLOB
from convatlas.lenses.effects.records import (
    LAYER,
    PREDICTIONS,
    read_blob,
    read_layer_effects,
    read_predictions,
)
from convatlas.lenses.effects.records import NAME as EFFECTS
from convatlas.lenses.examples.records import NAME as EXAMPLES
from convatlas.lenses.examples.records import PEAKS, SKETCH
from convatlas.lenses.suspects.options import Suspects as Options
from convatlas.lenses.suspects.overview import SuspectsOverview
from convatlas.lenses.suspects.records import FOUND, NAME
from convatlas.lenses.suspects.reports import SuspectsReports
from convatlas.lenses.suspects.section import SuspectsSection
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Suspects(Lens):
    """One record of a network, once the effects and the examples of all its layers are known.

    It comes from records alone: nothing is shown to the network.
    """

    name = NAME
    version = 1
    reads = (EFFECTS, EXAMPLES)
    seconds = 5
    options = Options
    section = SuspectsSection()
    overview = SuspectsOverview()
    reports = SuspectsReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield the request, if there are classes with enough images.

        Its record depends on the effects and the examples, and on which filters the atlas shows.
        """
        options, predictions = context.options(Options), read_predictions(records)
        if options is None or predictions is None or context.images is None:
            return
        counts = Counter(number for number in predictions["target"] if number is not None)
        if max(counts.values(), default=0) < options.images:
            return
        chosen = {
            layer.name: list(filters)
            for layer, filters in context.layers()
            if layer.reached and layer.consumed is not None
        }
        layers = {name: records.all(EFFECTS, name, LAYER) for name in chosen}
        filters = {
            name: {index: records.all(EXAMPLES, name, index) for index in indices}
            for name, indices in chosen.items()
        }
        if not all(layers.values()) or not all(all(own.values()) for own in filters.values()):
            return
        shared = shared_key(
            self,
            predictions=records.all(EFFECTS, None, PREDICTIONS)[0][0].key,
            effects=[found[0][0].key for found in layers.values()],
            examples=[next(iter(own.values()))[0][0].key for own in filters.values() if own],
            filters=chosen,
            images=options.images,
        )
        peaks = {
            name: {
                index: found[0][1].blobs[PEAKS]
                for index, found in own.items()
                if PEAKS in found[0][1].blobs
            }
            for name, own in filters.items()
        }
        sketches = {
            name: {index: own[index][0][1].blobs[SKETCH] for index in _raising(records, name, own)}
            for name, own in filters.items()
        }
        effects = {name: found for name in chosen if (found := read_blob(records, name, BLOB))}
        recipe = {
            "images": options.images,
            "peaks": peaks,
            "sketches": sketches,
            "effects": effects,
        }
        yield RecordRequest(key(shared, FOUND), NAME, None, FOUND, recipe=recipe)

    def pictures(self, request: RecordRequest) -> Iterable[str]:
        """Return the blobs with effects on single images, and what filters answer to images."""
        yield from (digest for digest, _ in request.recipe["effects"].values())
        for blobs in (request.recipe["peaks"], request.recipe["sketches"]):
            for own in blobs.values():
                yield from own.values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield the record."""
        from convatlas.lenses.suspects.render import render

        return render(context, requests)


def _raising(records: RecordIndex, layer: str, filters: Collection[int]) -> list[int]:
    """Return those of a layer's filters that are listed for some class."""
    data = read_layer_effects(records, layer)
    told = data["classes"].values() if data else ()
    raising = {index for each in told for index, _ in each["raises"]}
    return sorted(raising.intersection(filters))
