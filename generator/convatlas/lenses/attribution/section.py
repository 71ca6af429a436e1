"""The attributions' part of the manifest."""

from __future__ import annotations

from typing import cast

from convatlas.config.section import Method
from convatlas.lenses.attribution.entries import AttributionEntry, Traced
from convatlas.lenses.attribution.records import AttributionData, read_attribution
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section
from convatlas.model.records import RecordOf


class AttributionSection(Section):
    """The attributions of each filter."""

    entry = AttributionEntry

    def entries(self, layer: LayerResults) -> Entries:
        """Return the function that makes a filter's ``AttributionEntry``."""

        def entry(index: int, place: Place) -> AttributionEntry | None:
            record = read_attribution(layer.records, layer.layer.name, index)
            return attribution(record, place) if record else None

        return entry


def attribution(record: RecordOf[AttributionData], place: Place) -> AttributionEntry:
    """Return the attributions of a filter, with a row of tiles for each method."""
    methods: dict[Method, Traced] = {
        cast("Method", method): {"picture": place(method, picture)}
        for method, picture in record.pictures.items()
    }
    return {**record.data, "methods": methods}
