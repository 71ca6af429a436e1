"""The records that suspects are found in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convatlas.lenses.base import PlanContext
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
from convatlas.model.record_index import Entry, RecordIndex
from convatlas.model.records import Json

Blobs = dict[str, str]
"""Digests by the filter's index, as text."""


def has_classes(records: RecordIndex, images: int) -> bool:
    """Return whether some class is the label of so many images."""
    predictions = read_predictions(records)
    labels = predictions["target"] if predictions else []
    counts = Counter(number for number in labels if number is not None)
    return max(counts.values(), default=0) >= images


@dataclass(frozen=True)
class Sources:
    """Records of the effects and the examples of a network, if all of them are known."""

    records: RecordIndex
    filters: Mapping[str, Mapping[int, Entry]]
    """By layer, the record of the examples of each filter that the atlas shows."""

    @classmethod
    def of(cls, context: PlanContext, records: RecordIndex) -> Sources | None:
        """Return the records, or None if some are missing."""
        filters: dict[str, dict[int, Entry]] = {}
        for layer, indices in context.layers():
            if not layer.reached or layer.consumed is None:
                continue
            found = {index: records.all(EXAMPLES, layer.name, index) for index in indices}
            if not all(found.values()) or read_layer_effects(records, layer.name) is None:
                return None
            filters[layer.name] = {index: entries[0] for index, entries in found.items()}
        return cls(records, filters)

    @property
    def determinants(self) -> dict[str, Json]:
        """What tells these records from others."""
        places = [(None, PREDICTIONS), *((name, LAYER) for name in self.filters)]
        return {
            "effects": [self.records.all(EFFECTS, *place)[0][0].key for place in places],
            "examples": [next(iter(own.values()))[0].key for own in self.filters.values() if own],
            "filters": {name: list(own) for name, own in self.filters.items()},
        }

    @property
    def blobs(self) -> dict[str, Json]:
        """The digests of their blobs: by layer, and by filter; those of effects with a unit."""
        effects = {name: read_blob(self.records, name, BLOB) for name in self.filters}
        return {
            "peaks": {name: _blobs(own, PEAKS) for name, own in self.filters.items()},
            "sketches": {
                name: _blobs({index: own[index] for index in self._raising(name)}, SKETCH)
                for name, own in self.filters.items()
            },
            "effects": {name: found for name, found in effects.items() if found},
        }

    def _raising(self, layer: str) -> list[int]:
        """Return those of a layer's filters that are listed for some class."""
        data = read_layer_effects(self.records, layer)
        told = data["classes"].values() if data else ()
        raising = {index for each in told for index, _ in each["raises"]}
        return sorted(raising.intersection(self.filters[layer]))


def digests(blobs: Mapping[str, Json]) -> Iterator[str]:
    """Yield all digests in ``Sources.blobs``."""
    yield from (digest for digest, _ in blobs["effects"].values())
    for kind in ("peaks", "sketches"):
        for own in blobs[kind].values():
            yield from own.values()


def _blobs(entries: Mapping[int, Entry], name: str) -> Blobs:
    return {
        str(index): record.blobs[name]
        for index, (_, record) in entries.items()
        if name in record.blobs
    }
