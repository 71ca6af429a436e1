"""The photographs' part of the manifest."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.lenses.parts.section import Section
from convatlas.lenses.photographs.records import all_photographs
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture


class PhotographsSection(Section):
    """The images that filters show, if their set is published whole."""

    def photographs(self, records: RecordIndex) -> Iterator[tuple[str, Picture]]:
        """Yield all of them."""
        return all_photographs(records)
