"""The records that are known of one network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from convatlas.model.records import RecordRequest, StoredRecord

Entry = tuple[RecordRequest, StoredRecord]
"""A record, with the request that it answers."""

Place = tuple[str | None, int | str]
"""Layer and item of a record, as of ``RecordRequest``."""


@dataclass
class RecordIndex:
    """The records found for one network, by lens, layer and item, in the order of the requests."""

    lenses: dict[str, dict[Place, list[Entry]]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> RecordIndex:
        """Return an index of these records."""
        index = cls()
        for request, record in entries:
            index.add(request, record)
        return index

    def __iter__(self) -> Iterator[Entry]:
        for lens in self.lenses:
            yield from self.of_lens(lens)

    def add(self, request: RecordRequest, record: StoredRecord) -> None:
        """Append a record to those of its lens, layer and item."""
        places = self.lenses.setdefault(request.lens, {})
        places.setdefault((request.layer, request.item), []).append((request, record))

    def put(self, request: RecordRequest, record: StoredRecord) -> None:
        """Keep a record as the only one of its lens, layer and item."""
        places = self.lenses.setdefault(request.lens, {})
        places[request.layer, request.item] = [(request, record)]

    def first(self, lens: str, layer: str | None, item: int | str) -> StoredRecord | None:
        """Return the first record of a lens for a filter (or other item), or None."""
        records = self.all(lens, layer, item)
        return records[0][1] if records else None

    def all(self, lens: str, layer: str | None, item: int | str) -> Sequence[Entry]:
        """Return all records of a lens for a filter (or other item), in the order of requests."""
        return self.lenses.get(lens, {}).get((layer, item), ())

    def of_lens(self, lens: str) -> Iterator[Entry]:
        """Yield all records of a lens, those of one layer and item together."""
        for records in self.lenses.get(lens, {}).values():
            yield from records

    def only(self, lenses: Collection[str]) -> RecordIndex:
        """Return an index of the records of some lenses alone."""
        return RecordIndex.of(entry for lens in lenses for entry in self.of_lens(lens))

    @property
    def keys(self) -> set[str]:
        """The keys of all records."""
        return {request.key for request, _ in self}

    @property
    def digests(self) -> set[str]:
        """The digests of all pictures and other blobs that belong to the records."""
        return {digest for _, record in self for digest in record.digests}

    def owners(self, digests: Collection[str]) -> Iterator[str]:
        """Yield the keys of the records that some of these pictures or blobs belong to."""
        for request, record in self:
            if not set(record.digests).isdisjoint(digests):
                yield request.key
